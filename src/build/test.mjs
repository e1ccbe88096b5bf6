/**
 * `npm test`: installs what is missing, builds, runs every suite and ends with `N passed, N failed[, N skipped]`.
 * `--only PATH…` runs the test files under these paths, `--suite unit,tidy` these suites, `--no-build` leaves dist/ as it is, `--verbose` prints all.
 * With CI=true a skipped test is a failed one.
 */

import { ensureInstalled } from './install.mjs';
import { inRoot, root } from './paths.mjs';
import { suites, testFiles } from './testSuites.mjs';
import { createTally } from './testTally.mjs';

const options = readOptions(process.argv.slice(2));
process.chdir(root);
ensureInstalled();
// Only now are there packages to import.
const [{ bundleAll }, { bundleTests }, { runTests }] = await Promise.all([import('./bundle.mjs'), import('./testBundles.mjs'), import('./testRun.mjs')]);

const tally = createTally(options);
if (options.build) await build();
for (const suite of suites) {
  if (options.suites && !options.suites.includes(suite.name)) continue;
  const files = testFiles(suite.name, options.only);
  if (files.length > 0) await runSuite(suite, files);
}
process.exit(tally.finish());

async function build() {
  const broken = (await bundleAll()).filter((result) => result.errors);
  if (broken.length === 0) return;
  tally.startSuite('build');
  for (const { out, errors } of broken) {
    // Who works on one file while another part is half written wants to see the tests of that file.
    if (options.only) console.warn(`dist/${out} could not be built:\n${errors.join('\n')}`);
    else tally.fail({ name: `dist/${out} builds`, error: errors.join('\n') });
  }
  tally.endSuite();
}

async function runSuite(suite, files) {
  tally.startSuite(suite.name);
  if (suite.inVSCode) await (await import('./testIntegration.mjs')).runIntegration(files, { ...suite, tally, verbose: options.verbose });
  else if (await prepared(suite, files)) await runFiles(suite, files);
  tally.endSuite();
}

async function runFiles(suite, files) {
  const tests = await bundleTests(files);
  for (const { file, error } of tests.filter((test) => test.error)) tally.fail({ name: 'the test file compiles', file, error });
  await runTests(tests.filter((test) => !test.error), { ...suite, tally, verbose: options.verbose });
}

/** UI tests drive a VS Code with the packaged extension in it. False when that cannot be had; the tally knows why then. */
async function prepared({ packaged }, files) {
  if (!packaged) return true;
  const host = await (await import('./vscodeHost.mjs')).loadHost();
  const missing = host.whyNoHost();
  if (missing) {
    for (const file of files) tally.skip({ name: file, file }, missing);
    return false;
  }
  try {
    host.ensureHost();
    process.env.POSTTRAIN_VSIX = inRoot('out/posttrain.vsix');
    const size = await (await import('./package.mjs')).packageExtension(process.env.POSTTRAIN_VSIX);
    tally.metric(`METRIC vsix ${(size / 1024 / 1024).toFixed(1)} MB`);
    return true;
  } catch (error) {
    tally.fail({ name: 'the extension is packaged and VS Code installed', error });
    return false;
  }
}

function readOptions(args) {
  const result = { ci: process.env.CI === 'true' || process.env.CI === '1', verbose: false, build: true };
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (arg === '--verbose') result.verbose = true;
    else if (arg === '--no-build') result.build = false;
    else if (arg === '--suite' && args[i + 1]) result.suites = args[++i].split(',');
    else if (arg === '--only') {
      result.only ??= [];
      while (args[i + 1] && !args[i + 1].startsWith('--')) result.only.push(args[++i]);
    } else usage(`"${arg}" is no option.`);
  }
  const unknown = result.suites?.find((name) => !suites.some((suite) => suite.name === name));
  if (unknown) usage(`"${unknown}" is no suite. The suites: ${suites.map(({ name }) => name).join(', ')}.`);
  if (result.only?.length === 0) usage('--only needs a path.');
  return result;
}

function usage(problem) {
  console.error(`${problem}\nUsage: node src/build/test.mjs [--only PATH…] [--suite NAME,…] [--no-build] [--verbose]`);
  process.exit(2);
}

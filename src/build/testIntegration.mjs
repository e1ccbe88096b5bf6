/** Runs the integration suite in a real VS Code through @vscode/test-electron, and tells the tally what happened there. */

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { inRoot, root } from './paths.mjs';
import { errorText } from './testBundles.mjs';
import { loadHost, shimExecutable } from './vscodeHost.mjs';

/** `files` are TypeScript tests that use test/integration/harness.ts. One VS Code runs them all, on a copy of the sample project. */
export async function runIntegration(files, { minutes, tally, verbose }) {
  const [vscode, missing] = await findVSCode();
  if (missing) return files.forEach((file) => tally.skip({ name: file, file }, missing));
  const index = inRoot('out/test/integration/index.cjs');
  try {
    await bundleIndex(files, index);
  } catch (error) {
    return tally.fail({ name: 'the integration tests compile', error: await errorText(error) });
  }
  const scratch = mkdtempSync(join(os.tmpdir(), 'posttrain-integration-'));
  const workspace = join(scratch, 'sample');
  const results = join(scratch, 'results.jsonl');
  const screenshot = inRoot('out/screenshots/integration-failed.png');
  cpSync(inRoot('media/sample'), workspace, { recursive: true });
  writeFileSync(results, '');
  let ended = 'VS Code ended before the tests did.';
  const printed = capture(verbose);
  try {
    const { runTests } = await import('@vscode/test-electron');
    await runTests({
      ...vscode,
      extensionDevelopmentPath: root,
      extensionTestsPath: index,
      launchArgs: [workspace],
      extensionTestsEnv: { POSTTRAIN_TEST_RESULTS: results, POSTTRAIN_ROOT: root, POSTTRAIN_SHIM_TIMEOUT_MS: String(minutes * 60_000), POSTTRAIN_SHIM_SCREENSHOT: screenshot },
    });
  } catch (error) {
    ended = `VS Code ended before the tests did: ${error.message ?? error}. A screenshot may be in ${screenshot}.`;
  } finally {
    printed.stop();
  }
  report(readFileSync(results, 'utf8'), ended, printed.text(), tally);
  rmSync(scratch, { recursive: true, force: true });
}

/** Options for runTests, or why there is no VS Code. */
async function findVSCode() {
  if (process.env.POSTTRAIN_VSCODE) return [{ vscodeExecutablePath: process.env.POSTTRAIN_VSCODE }];
  if (process.env.POSTTRAIN_VSCODE_DOWNLOAD) return [{ version: 'stable' }];
  const host = await loadHost();
  const missing = host.whyNoHost();
  if (missing) return [undefined, `${missing}; or POSTTRAIN_VSCODE=path to a VS Code executable, or POSTTRAIN_VSCODE_DOWNLOAD=1 to let test-electron download one`];
  host.ensureHost();
  return [{ vscodeExecutablePath: await shimExecutable() }];
}

async function bundleIndex(files, outfile) {
  const esbuild = await import('esbuild');
  const contents = [...files.map((file) => `import './${file}';`), "export { run } from './test/integration/harness.ts';"].join('\n');
  const shared = { absWorkingDir: root, bundle: true, platform: 'node', format: 'cjs', target: 'node20', packages: 'external', sourcemap: 'inline', sourcesContent: false, logLevel: 'silent' };
  const tests = outfile.replace(/\.cjs$/, '.tests.cjs');
  await esbuild.build({ ...shared, stdin: { contents, resolveDir: root, sourcefile: 'integration.ts', loader: 'ts' }, outfile: tests });
  // The extension host takes no Node options; source maps are switched on before the tests are loaded.
  writeFileSync(outfile, `process.setSourceMapsEnabled(true);\nmodule.exports = require(${JSON.stringify(tests)});\n`);
}

function report(lines, ended, output, tally) {
  let done = false;
  for (const line of lines.split('\n').filter(Boolean)) {
    const { name, ms, error, metric, done: last } = JSON.parse(line);
    if (last) done = true;
    else if (metric) tally.metric(metric);
    else if (error) tally.fail({ name, ms, error, file: 'test/integration' });
    else tally.pass({ name, ms, file: 'test/integration' });
  }
  if (!done) tally.fail({ name: 'every integration test ran', error: ended, output });
}

/** test-electron prints what VS Code prints; it is kept for the case of a failure. */
function capture(verbose) {
  const kept = [];
  const streams = [process.stdout, process.stderr].map((stream) => [stream, stream.write]);
  if (!verbose) for (const [stream] of streams) stream.write = (chunk) => kept.push(String(chunk)) > 0;
  return {
    stop: () => streams.forEach(([stream, write]) => (stream.write = write)),
    text: () => kept.join(''),
  };
}

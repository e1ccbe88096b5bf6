/** The licences of all that is shipped inside the bundles, as one text. What was bundled is read from esbuild's metafiles. */

import { readdirSync, readFileSync } from 'node:fs';
import { metaPath } from './bundle.mjs';
import { bundles, wasm } from './bundles.mjs';
import { inRoot } from './paths.mjs';

/** Throws when a package has no licence text: shipping it then needs a decision. */
export function thirdPartyNotices() {
  const packages = new Set([packageFolder(`${wasm.from}/x`)]);
  for (const { out } of bundles) {
    const { outputs } = JSON.parse(readFileSync(metaPath(out), 'utf8'));
    for (const output of Object.values(outputs)) {
      for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) if (bytesInOutput > 0 && path.includes('node_modules/')) packages.add(packageFolder(path));
    }
  }
  const parts = [...packages].sort().map((folder) => {
    const manifest = JSON.parse(readFileSync(inRoot(folder, 'package.json'), 'utf8'));
    return `${manifest.name} ${manifest.version} (${manifest.license})\n\n${licenceText(folder, manifest)}`;
  });
  const rule = '-'.repeat(78);
  return `Posttrain contains parts of these packages.\n\n${rule}\n${parts.join(`\n\n${rule}\n`)}\n`;
}

/** node_modules/@scope/name/dist/x.js → node_modules/@scope/name, also below another package's node_modules. */
function packageFolder(path) {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)[0];
}

function licenceText(folder, { name, license, author }) {
  const own = readdirSync(inRoot(folder)).find((file) => /^(licen[cs]e|copying)(\.|-|$)/i.test(file));
  if (own) return readFileSync(inRoot(folder, own), 'utf8').trim();
  // Some packages name their licence and leave its text out of what npm gets.
  const holder = typeof author === 'string' ? author : author?.name;
  if (license === 'MIT' && holder) return readFileSync(inRoot('LICENSE'), 'utf8').replace('Posttrain contributors', holder).trim();
  if (license === 'Apache-2.0') return readFileSync(inRoot(APACHE), 'utf8').trim();
  throw new Error(`${name} has no licence text. Say in src/build/notices.mjs where it is, or do not ship it.`);
}

/** A file that is the licence and nothing else. */
const APACHE = 'node_modules/typescript/LICENSE';

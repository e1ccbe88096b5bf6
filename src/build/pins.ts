/** `npm run pins`: fills the sizes and checksums of src/node/setup/pins.json in. To take another version, write it there (and a wheel's file name), then run this. */

import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { fileName, npmVersion, wheelFile, type Artifact, type Source } from '../node/setup/artifact.ts';
import { readRegistries } from '../node/setup/registries.ts';

const path = 'src/node/setup/pins.json';
const source: Source = { env: process.env, registries: await readRegistries(process.env, os.homedir()) };

async function fill(artifact: Artifact): Promise<void> {
  if (artifact.from === 'pypi') {
    const { sha256, bytes } = await wheelFile(artifact.name, artifact.file, source);
    Object.assign(artifact, { bytes, sha256 });
  } else {
    const { tarball, integrity } = await npmVersion(artifact.name, artifact.version, source);
    const file = new Uint8Array(await (await fetch(tarball)).arrayBuffer());
    const own = `sha512-${createHash('sha512').update(file).digest('base64')}`;
    if (own !== integrity) throw new Error(`${tarball.href} has the checksum ${own}; its registry says ${integrity}.`);
    Object.assign(artifact, { bytes: file.length, integrity });
  }
  console.log(`${fileName(artifact)}: ${artifact.bytes} bytes`);
}

const isArtifact = (value: object): value is Artifact => 'from' in value;
async function fillAll(value: object): Promise<void> {
  if (isArtifact(value)) await fill(value);
  else for (const part of Object.values(value)) await fillAll(part as object);
}

const pins = JSON.parse(readFileSync(path, 'utf8')) as object;
await fillAll(pins);
writeFileSync(path, `${JSON.stringify(pins, null, 2)}\n`);

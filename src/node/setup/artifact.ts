/** A file of a registry, pinned by its checksum: found where the person's registry has it, downloaded into a folder where a cut download goes on, verified. */

import { createHash } from 'node:crypto';
import { createReadStream, promises as fs } from 'node:fs';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { UserError } from '../../core/problem.ts';
import { download, readText, type NetworkOptions } from './network.ts';
import type { Registries } from './registries.ts';

export interface NpmArtifact {
  from: 'npm';
  name: string;
  version: string;
  /** Of the downloaded file. */
  bytes: number;
  /** `sha512-` and base64, as npm writes it. */
  integrity: string;
}

export interface WheelArtifact {
  from: 'pypi';
  name: string;
  version: string;
  file: string;
  bytes: number;
  /** Hexadecimal. */
  sha256: string;
}

export type Artifact = NpmArtifact | WheelArtifact;

export interface Source extends NetworkOptions {
  registries: Registries;
}

/** What it is called on disk. */
export function fileName(artifact: Artifact): string {
  return artifact.from === 'pypi' ? artifact.file : `${artifact.name.replace('@', '').replace('/', '-')}-${artifact.version}.tgz`;
}

/** Bytes that are still to be downloaded. */
export async function missingBytes(artifact: Artifact, folder: string): Promise<number> {
  const path = join(folder, fileName(artifact));
  if (await fs.access(path).then(() => true, () => false)) return 0;
  return artifact.bytes - Math.min(artifact.bytes, await fs.stat(`${path}.part`).then((s) => s.size, () => 0));
}

/** The path of the verified file in `folder`; `place` where it is known already. */
export async function fetchArtifact(artifact: Artifact, folder: string, source: Source, onProgress: (done: number) => void, place?: URL): Promise<string> {
  const path = join(folder, fileName(artifact));
  if (await isWhole(artifact, path, source.signal)) {
    onProgress(artifact.bytes);
    return path;
  }
  const part = `${path}.part`;
  const url = place ?? (await locate(artifact, source));
  for (let resumed = (await fs.stat(part).then((s) => s.size, () => 0)) > 0; ; resumed = false) {
    await download(url, part, artifact.bytes, onProgress, source);
    if (await isWhole(artifact, part, source.signal)) break;
    await fs.rm(part, { force: true });
    // What an earlier try left may have been of another file.
    if (!resumed) throw new UserError(`${basename(path)} from ${url.host} is not the file that Posttrain was tested with: its checksum is another one. Nothing was installed. Ask whoever runs the mirror or the proxy, or report it to Posttrain.`, 'checksum');
  }
  await fs.rename(part, path);
  return path;
}

async function isWhole(artifact: Artifact, path: string, signal: AbortSignal | undefined): Promise<boolean> {
  if ((await fs.stat(path).then((s) => s.size, () => -1)) !== artifact.bytes) return false;
  const hash = createHash(artifact.from === 'npm' ? 'sha512' : 'sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash, { signal });
  return artifact.from === 'npm' ? `sha512-${hash.digest('base64')}` === artifact.integrity : hash.digest('hex') === artifact.sha256;
}

/** Where the registry has it. */
export async function locate(artifact: Artifact, source: Source): Promise<URL> {
  return artifact.from === 'npm' ? (await npmVersion(artifact.name, artifact.version, source)).tarball : (await wheelFile(artifact.name, artifact.file, source)).url;
}

/** What the registry says of one version of a package. */
export async function npmVersion(name: string, version: string, source: Source): Promise<{ tarball: URL; integrity: string }> {
  const { text, url } = await readText(new URL(name.replace('/', '%2f'), source.registries.npm(name)), 'application/vnd.npm.install-v1+json, application/json;q=0.8', source);
  const dist = (parse(text, url) as { versions?: Record<string, { dist?: { tarball?: string; integrity?: string } }> }).versions?.[version]?.dist;
  if (!dist?.tarball) throw new UserError(`${url.host} has no ${name} ${version}. Check the registry of your npm configuration.`, 'registry');
  return { tarball: linked(dist.tarball, url), integrity: dist.integrity ?? '' };
}

/** A file of a project in the simple index; indexes answer in JSON or in HTML. */
export async function wheelFile(name: string, file: string, source: Source): Promise<{ url: URL; sha256: string; bytes: number }> {
  const { text, url, type } = await readText(new URL(`${name}/`, source.registries.pypi), 'application/vnd.pypi.simple.v1+json, text/html;q=0.5', source);
  if (type.includes('json')) {
    const found = (parse(text, url) as { files?: { filename: string; url: string; size?: number; hashes?: { sha256?: string } }[] }).files?.find(({ filename }) => filename === file);
    if (found) return { url: linked(found.url, url), sha256: found.hashes?.sha256 ?? '', bytes: found.size ?? 0 };
  } else {
    for (const [, href] of text.matchAll(/<a\s[^>]*?href\s*=\s*["']([^"']+)["']/gi)) {
      const at = linked(href!.replaceAll('&amp;', '&'), url);
      if (decodeURIComponent(basename(at.pathname)) === file) return { url: at, sha256: /sha256=([0-9a-f]+)/.exec(at.hash)?.[1] ?? '', bytes: 0 };
    }
  }
  throw new UserError(`${url.host} has no ${file}. Check index-url of your pip configuration.`, 'registry');
}

/** A registry behind something that speaks https for it does not know that it is asked so, and links to itself by http. */
function linked(link: string, from: URL): URL {
  const url = new URL(link, from);
  if (from.protocol === 'https:' && url.protocol === 'http:' && url.host === from.host) url.protocol = 'https:';
  return url;
}

function parse(text: string, url: URL): object {
  try {
    return JSON.parse(text) as object;
  } catch {
    throw new UserError(`${url.origin}${url.pathname} answers with something that is no registry's answer (a login page?). Check the registry and the proxy.`, 'registry');
  }
}

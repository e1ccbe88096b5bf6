/**
 * Carries a recipe out: one at a time on this machine, everything beside its place, a smoke test decides, then it takes its place.
 * What worked before stays until then. Downloads are kept until it has worked, so that a second try goes on where the first one ended.
 */

import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import { throwIfAborted } from '../../core/abort.ts';
import { UserError } from '../../core/problem.ts';
import { formatBytes } from '../../run/format.ts';
import type { SetupTarget } from '../../protocol/setup.ts';
import { diskError, errorCode, makeFolder, renameOver } from '../files.ts';
import { acquireLockFile, type Lock } from '../lock.ts';
import { fetchArtifact, fileName, locate, missingBytes, type Artifact, type Source } from './artifact.ts';
import { partOf, readManifest, writeManifest, type SetupManifest } from './manifest.ts';
import type { Recipe, SetupContext } from './recipe.ts';
import { readRegistries } from './registries.ts';

export async function install(recipe: Recipe, { repair }: { repair: boolean }, context: SetupContext): Promise<{ words: string; bytes: number; already: boolean }> {
  const { home, signal, report } = context;
  return alone(context, async (scratch) => {
    const manifest = await readManifest(home, recipe.target);
    if (!repair && manifest && isCurrent(recipe, manifest)) {
      report({ type: 'step', words: 'Trying what is set up' });
      const works = await recipe.smokeTest(home).catch((error: unknown) => (throwIfAborted(signal), error as Error));
      if (typeof works === 'string') {
        if (recipe.cpu) await writeManifest(join(home, recipe.target), { ...manifest, cpu: true });
        return { words: works, bytes: manifest.bytes, already: true };
      }
      report({ type: 'note', words: `What is set up does not work any more, so it is built anew: ${works.message}` });
    }
    await recipe.prepare?.();
    const downloads = join(home, 'downloads', recipe.target);
    await makeFolder(downloads);
    await requireSpace(recipe, downloads, context);
    const files = await downloadAll(recipe, downloads, context);
    const folder = join(scratch, recipe.target);
    await makeFolder(folder);
    await recipe.build(folder, files);
    throwIfAborted(signal);
    const bytes = await folderBytes(folder);
    await writeManifest(folder, { target: recipe.target, words: recipe.words, at: new Date().toISOString(), bytes, parts: recipe.artifacts.map(partOf), ...(recipe.cpu ? { cpu: true } : {}) });
    report({ type: 'step', words: 'Trying it' });
    const words = await recipe.smokeTest(scratch);
    throwIfAborted(signal);
    await takePlace(folder, home, recipe.target, scratch);
    await removeDownloads(home, recipe.target);
    return { words, bytes, already: false };
  });
}

/** Returns how many bytes were freed. */
export async function remove(target: SetupTarget, context: SetupContext): Promise<number> {
  return alone(context, async (scratch) => {
    const folder = join(context.home, target);
    const downloads = join(context.home, 'downloads', target);
    const bytes = (await folderBytes(folder)) + (await folderBytes(downloads));
    await moveAside(folder, scratch, target);
    await discard(scratch);
    await fs.rm(join(scratch, discarded), { recursive: true });
    await removeDownloads(context.home, target);
    return bytes;
  });
}

/** With the lock, and a folder of its own that is gone afterwards. */
async function alone<T>(context: SetupContext, work: (scratch: string) => Promise<T>): Promise<T> {
  const { home } = context;
  let lock: Lock | undefined;
  const scratch = join(home, `${scratchName}${process.pid}`);
  try {
    await makeFolder(home);
    lock = await acquireLockFile(join(home, 'setup.lock'), (holder) => new UserError(`Another set-up works in ${home} (process ${holder?.pid ?? '?'} on ${holder?.host ?? 'an unknown host'}). Wait until it is done, or end it, then run this again.`, 'setup-busy'));
    await clearLeftovers(home);
    await makeFolder(scratch);
    return await work(scratch);
  } catch (error) {
    throw diskError(error, home);
  } finally {
    if (lock) {
      await fs.rm(scratch, { recursive: true, force: true }).catch(() => undefined);
      lock.release();
    }
  }
}

const scratchName = 'setup-';
/** Of a folder in there the next set-up sees to it that it comes back, unless another one has taken its place … */
const replaced = 'replaced';
/** … and of one in there that it goes, because it may be half gone already. */
const discarded = 'discarded';

/** Of set-ups that were killed. One may have died between moving the old folder away and the new one in. */
async function clearLeftovers(home: string): Promise<void> {
  for (const name of await fs.readdir(home)) {
    if (!new RegExp(`^${scratchName}\\d+$`).test(name)) continue;
    const old = join(home, name, replaced);
    for (const target of await fs.readdir(old).catch(() => [])) {
      await fs.rename(join(old, target), join(home, target)).catch(() => undefined);
    }
    await fs.rm(join(home, name), { recursive: true, force: true });
  }
}

function isCurrent(recipe: Recipe, manifest: SetupManifest): boolean {
  return JSON.stringify(manifest.parts) === JSON.stringify(recipe.artifacts.map(partOf));
}

async function requireSpace(recipe: Recipe, downloads: string, { freeBytes, home }: SetupContext): Promise<void> {
  let needed = recipe.unpackedBytes;
  for (const artifact of recipe.artifacts) needed += await missingBytes(artifact, downloads);
  const free = await freeBytes(downloads);
  if (free < needed) throw new UserError(`${recipe.words} needs ${formatBytes(needed)} while it is set up, and the disk of ${home} has ${formatBytes(free)} free. Free some space, or name a folder on another disk in POSTTRAIN_HOME.`, 'disk');
}

async function downloadAll(recipe: Recipe, downloads: string, { env, userFolder, signal, report }: SetupContext): Promise<string[]> {
  const registries = await readRegistries(env, userFolder);
  const source: Source = { env: { ...registries.proxy, ...env }, signal, registries, authorization: registries.authorization, extraCertificates: registries.extraCertificates };
  const total = recipe.artifacts.reduce((sum, { bytes }) => sum + bytes, 0);
  report({ type: 'step', words: `Downloading ${recipe.words}, ${formatBytes(total)}` });
  // All of them first: a registry that lacks the last one says so before gigabytes of others have come.
  const places = new Map<Artifact, URL>();
  for (const artifact of recipe.artifacts) if ((await missingBytes(artifact, downloads)) > 0) places.set(artifact, await locate(artifact, source));
  const files: string[] = [];
  let before = 0;
  for (const artifact of recipe.artifacts) {
    throwIfAborted(signal);
    files.push(await fetchArtifact(artifact, downloads, source, (done) => report({ type: 'progress', done: before + done, total }), places.get(artifact)));
    before += artifact.bytes;
  }
  // Of other versions, which nobody asks for any more.
  const current = new Set(recipe.artifacts.map(fileName));
  for (const name of await fs.readdir(downloads)) if (!current.has(name)) await fs.rm(join(downloads, name), { force: true });
  return files;
}

/** And the folder of all of them, when nothing of another set-up waits there. */
async function removeDownloads(home: string, target: SetupTarget): Promise<void> {
  await fs.rm(join(home, 'downloads', target), { recursive: true, force: true });
  await fs.rmdir(join(home, 'downloads')).catch(() => undefined);
}

async function takePlace(folder: string, home: string, target: SetupTarget, scratch: string): Promise<void> {
  const place = join(home, target);
  await moveAside(place, scratch, target);
  try {
    await renameOver(folder, place);
  } catch (error) {
    await fs.rename(join(scratch, replaced, target), place).catch(() => undefined);
    throw error;
  }
  await discard(scratch);
}

/** What was moved aside will be deleted, which takes a while and may be cut short. */
async function discard(scratch: string): Promise<void> {
  await fs.rename(join(scratch, replaced), join(scratch, discarded));
}

async function moveAside(place: string, scratch: string, target: SetupTarget): Promise<void> {
  await fs.mkdir(join(scratch, replaced), { recursive: true });
  try {
    await renameOver(place, join(scratch, replaced, target));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    if (['EPERM', 'EACCES', 'EBUSY'].includes(errorCode(error) ?? '')) throw new UserError(`${place} is in use and cannot be replaced. Stop the runs that train on it, then run this again.`, 'setup-busy');
    throw error;
  }
}

async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await fs.readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])) {
    if (entry.isFile()) bytes += (await fs.stat(join(entry.parentPath ?? entry.path, entry.name))).size;
  }
  return bytes;
}

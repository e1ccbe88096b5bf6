/** `key=value` on the command line: merged into a spec's tree before it is checked, so that both ways in have the same rules. */

import type { Parsed, Problem } from '../core/problem.ts';
import { specProblem, type Place } from './specCheck.ts';
import type { SpecEntry, SpecMap, SpecNode } from './specNode.ts';
import { parseSpecText } from './specText.ts';

/** The tree with the overrides on top; the given one stays as it is. `isText` says for which keys a value is text whatever it looks like. */
export function applyOverrides(root: SpecNode | undefined, overrides: readonly string[], isText: (path: string) => boolean = () => false): Parsed<SpecNode> {
  const problems: Problem[] = [];
  let tree: SpecNode | undefined = root;
  for (const override of overrides) {
    const place: Place = { start: 0, end: 0, override };
    const equals = override.indexOf('=');
    const path = override.slice(0, Math.max(0, equals)).trim();
    if (equals < 1 || !/^[^.\s]+(?:\.[^.\s]+)*$/.test(path)) {
      problems.push(specProblem('spec-bad-override', `"${override}" is no override: write key=value, for example learning_rate=1e-4 or lora.r=8.`, place));
      continue;
    }
    const value = overrideValue(override.slice(equals + 1), isText(path), override);
    try {
      tree = withValue(tree ?? { kind: 'map', start: 0, end: 0, entries: [], override }, path.split('.'), value, override, path);
    } catch (error) {
      if (!(error instanceof NotABlock)) throw error;
      problems.push(specProblem('spec-bad-override', `"${override}": ${error.message}`, place));
    }
  }
  return { value: tree, problems };
}

class NotABlock extends Error {}

/** A YAML value; where text is wanted, or where it is no good YAML, the text as it stands (a Windows path, a prompt with a colon). */
function overrideValue(text: string, wantsText: boolean, override: string): SpecNode {
  const parsed = parseSpecText(text);
  const asText: SpecNode = { kind: 'scalar', start: 0, end: 0, value: text, quoted: true, override };
  if (!parsed.value) return text.trim() === '' ? { ...asText, value: wantsText ? '' : null, quoted: false } : asText;
  if (parsed.problems.length > 0) return asText;
  if (wantsText && ((parsed.value.kind === 'scalar' && typeof parsed.value.value !== 'string' && parsed.value.value !== null) || parsed.value.kind === 'map')) return asText;
  return marked(parsed.value, override);
}

function marked(node: SpecNode, override: string): SpecNode {
  const at = { start: 0, end: 0, override };
  switch (node.kind) {
    case 'scalar':
      return { ...node, ...at };
    case 'list':
      return { ...node, ...at, items: node.items.map((item) => marked(item, override)) };
    case 'map':
      return { ...node, ...at, entries: node.entries.map((e) => ({ key: e.key, keyStart: 0, keyEnd: 0, value: marked(e.value, override) })) };
  }
}

function withValue(node: SpecNode, [key, ...rest]: string[], value: SpecNode, override: string, whole: string): SpecNode {
  if (key === undefined) return value;
  if (node.kind === 'list') {
    const index = /^\d+$/.test(key) ? Number(key) : -1;
    const item = node.items[index];
    if (!item) throw new NotABlock(`there is no item ${key} in that list of ${node.items.length} (counted from 0).`);
    return { ...node, items: node.items.map((old, i) => (i === index ? withValue(item, rest, value, override, whole) : old)) };
  }
  if (node.kind === 'scalar' && node.value !== null) throw new NotABlock(`"${whole.slice(0, whole.lastIndexOf(`.${key}`))}" is a single value in the spec and has no "${key}".`);
  const map: SpecMap = node.kind === 'map' ? node : { kind: 'map', start: node.start, end: node.end, entries: [], override };
  const old = map.entries.find((e) => e.key === key);
  const empty: SpecNode = { kind: 'scalar', start: 0, end: 0, value: null, quoted: false, override };
  const entry: SpecEntry = { key, keyStart: old?.keyStart ?? 0, keyEnd: old?.keyEnd ?? 0, value: withValue(old?.value ?? empty, rest, value, override, whole) };
  return { ...map, entries: old ? map.entries.map((e) => (e === old ? entry : e)) : [...map.entries, entry] };
}

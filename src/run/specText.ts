/** The text of a run spec as one small tree with a place for every key and value, whether it is YAML or JSON. Never throws. */

import { parseTree, printParseErrorCode, type Node as JsonNode, type ParseError } from 'jsonc-parser';
import { isAlias, isMap, isPair, isScalar, isSeq, parseDocument, type Document, type ParsedNode } from 'yaml';
import type { Parsed, Problem } from '../core/problem.ts';
import type { SpecNode, SpecScalar, SpecEntry } from './specNode.ts';

/** More than any person writes: a dataset given by mistake as a spec is refused before it is parsed. */
const maxLength = 200_000;

const tooDeep = 'This is nested too deeply, or too large, for a run spec.';

/** Aliases can make a few lines mean millions of values. */
const maxNodes = 50_000;

/** Reads the text. `json` for a `.json` file, where YAML's freedoms would be mistakes. */
export function parseSpecText(text: string, options: { json?: boolean } = {}): Parsed<SpecNode> {
  if (text.length > maxLength) return fail('spec-syntax', `This file is ${Math.round(text.length / 1000)} KB long: a run spec has a few lines. Is it a dataset?`);
  // A byte-order mark is no content, but it is a column: offsets stay those of the text as given.
  const bom = text.startsWith('\uFEFF') ? 1 : 0;
  try {
    const parsed = options.json ? fromJson(text.slice(bom)) : fromYaml(text.slice(bom));
    return bom ? { value: parsed.value && shifted(parsed.value, bom), problems: parsed.problems.map((p) => ({ ...p, start: p.start + bom, end: p.end + bom })) } : parsed;
  } catch (error) {
    // The parsers recurse: a hundred thousand brackets end in a RangeError.
    return fail('spec-syntax', error instanceof RangeError ? tooDeep : `This cannot be read as ${options.json ? 'JSON' : 'YAML'}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function fail(code: string, message: string): Parsed<SpecNode> {
  return { value: undefined, problems: [{ code, severity: 'error', message, start: 0, end: 0 }] };
}

function shifted(node: SpecNode, by: number): SpecNode {
  const at = { start: node.start + by, end: node.end + by };
  switch (node.kind) {
    case 'scalar':
      return { ...node, ...at };
    case 'list':
      return { ...node, ...at, items: node.items.map((item) => shifted(item, by)) };
    case 'map':
      return { ...node, ...at, entries: node.entries.map((e) => ({ key: e.key, keyStart: e.keyStart + by, keyEnd: e.keyEnd + by, value: shifted(e.value, by) })) };
  }
}

function fromYaml(text: string): Parsed<SpecNode> {
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: false, strict: true, version: '1.2', merge: false });
  const problems: Problem[] = document.errors.map((error) => {
    const [start, end] = error.pos;
    return { code: 'spec-syntax', severity: 'error', message: yamlMessage(error.code, error.message, text, start), start, end: Math.max(end, Math.min(start + 1, text.length)) };
  });
  const root = document.contents as ParsedNode | null;
  // One mistake makes the parser stumble over what follows it: only the first is told.
  if (problems.length > 0) return { value: root ? safely(() => yamlNode(root, { document, problems: [], nodes: 0 }, 0)) : undefined, problems: problems.slice(0, 1) };
  if (!root) return { value: undefined, problems };
  return { value: yamlNode(root, { document, problems, nodes: 0 }, 0), problems };
}

function safely<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

/** YAML's own messages, with the step that helps where a beginner meets them. */
function yamlMessage(code: string, message: string, text: string, at: number): string {
  const line = text.slice(text.lastIndexOf('\n', at - 1) + 1, (text.indexOf('\n', at) + 1 || text.length + 1) - 1);
  if (/call stack/.test(message)) return tooDeep;
  if (code === 'TAB_AS_INDENT') return 'YAML is indented with spaces, not with tabs.';
  if (code === 'BAD_DQ_ESCAPE' && /[A-Za-z]:\\|\\\w/.test(line)) return 'In double quotes a backslash begins an escape. Write the path with single quotes, without quotes or with forward slashes.';
  if (code === 'MULTIPLE_DOCS') return 'A run spec is one YAML document: remove the "---" that begins a second one.';
  const plain = message.replace(/\s+at line \d+.*$/s, '');
  return /[.!?]$/.test(plain) ? plain : `${plain}.`;
}

interface Walk {
  document: Document.Parsed;
  problems: Problem[];
  nodes: number;
}

function yamlNode(node: ParsedNode, walk: Walk, depth: number): SpecNode {
  if (depth > 50 || ++walk.nodes > maxNodes) throw new RangeError();
  const [start, end] = [node.range[0], node.range[1]];
  if (isAlias(node)) {
    const target = node.resolve(walk.document) as ParsedNode | undefined;
    // The value is that of the anchor, the place is where it is used.
    if (target) return { ...yamlNode(target, walk, depth + 1), start, end };
    walk.problems.push({ code: 'spec-syntax', severity: 'error', message: `There is no "&${node.source}" before this "*${node.source}".`, start, end });
    return { kind: 'scalar', start, end, value: null, quoted: false };
  }
  if (isSeq(node)) return { kind: 'list', start, end, items: (node.items as ParsedNode[]).map((item) => yamlNode(item, walk, depth + 1)) };
  if (isMap(node)) {
    const entries = new Map<string, SpecEntry>();
    for (const pair of node.items) {
      if (!isPair(pair) || !isScalar(pair.key) || !pair.key.range) {
        walk.problems.push({ code: 'spec-syntax', severity: 'error', message: 'A key has to be a plain word.', start, end });
        continue;
      }
      const [keyStart, keyEnd] = pair.key.range;
      const value: SpecNode = pair.value ? yamlNode(pair.value as ParsedNode, walk, depth + 1) : { kind: 'scalar', start: keyStart, end: keyEnd, value: null, quoted: false };
      // A value that is not there has no place: its key has.
      const placed = value.start === value.end ? { ...value, start: keyStart, end: keyEnd } : value;
      addEntry(entries, { key: String(pair.key.value), keyStart, keyEnd, value: placed }, walk.problems);
    }
    return { kind: 'map', start, end, entries: [...entries.values()] };
  }
  const value = isScalar(node) ? node.value : null;
  const quoted = isScalar(node) && node.type !== 'PLAIN';
  if (typeof value === 'bigint') return { kind: 'scalar', start, end, value: Number(value), quoted };
  return { kind: 'scalar', start, end, value: typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || value === null ? value : String(value), quoted };
}

function fromJson(text: string): Parsed<SpecNode> {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: false, disallowComments: true, allowEmptyContent: true });
  const problems: Problem[] = errors.slice(0, 1).map((e) => ({
    code: 'spec-syntax', severity: 'error', message: `This is not valid JSON: ${printParseErrorCode(e.error).replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()}.`, start: e.offset, end: e.offset + Math.max(1, e.length),
  }));
  return { value: root && jsonNode(root, problems), problems };
}

function jsonNode(node: JsonNode, problems: Problem[]): SpecNode {
  const [start, end] = [node.offset, node.offset + node.length];
  switch (node.type) {
    case 'array':
      return { kind: 'list', start, end, items: (node.children ?? []).map((child) => jsonNode(child, problems)) };
    case 'object': {
      const entries = new Map<string, SpecEntry>();
      for (const property of node.children ?? []) {
        const [key, value] = property.children ?? [];
        if (!key || !value) continue; // the syntax error is reported already
        addEntry(entries, { key: String(key.value), keyStart: key.offset, keyEnd: key.offset + key.length, value: jsonNode(value, problems) }, problems);
      }
      return { kind: 'map', start, end, entries: [...entries.values()] };
    }
    default:
      return { kind: 'scalar', start, end, value: (node.value ?? null) as SpecScalar['value'], quoted: node.type === 'string' };
  }
}

function addEntry(entries: Map<string, SpecEntry>, entry: SpecEntry, problems: Problem[]): void {
  if (entries.has(entry.key)) {
    problems.push({ code: 'spec-duplicate-key', severity: 'error', message: `"${entry.key}" is given twice. Keep one of the two.`, start: entry.keyStart, end: entry.keyEnd, data: { key: entry.key } });
  } else entries.set(entry.key, entry);
}

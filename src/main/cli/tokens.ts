/** `posttrain tokens`: one row as the model gets it: its tokens, which of them are learnt, what is cut. */

import { resolve } from 'node:path';
import { UserError } from '../../core/problem.ts';
import { oneLine } from '../../core/text.ts';
import type { Format } from '../../dataset/format.ts';
import { formats } from '../../dataset/formats/index.ts';
import { LineIndex } from '../../dataset/lineIndex.ts';
import { isBlank, withoutCr } from '../../dataset/lineText.ts';
import { RecordStore } from '../../dataset/recordStore.ts';
import { conversionHint, methods, paramsOf, usualMethod, type MethodId } from '../../methods/index.ts';
import { openFileSource } from '../../node/fileSource.ts';
import { loadTokenizerFiles, tokenizerChanges } from '../../node/tokenizerFiles.ts';
import { startTokenWorker } from '../../node/tokenWorker.ts';
import type { PreparedSide } from '../../tokens/prepare.ts';
import { formatOf } from '../trainer/prepareRows.ts';
import { UsageError, type CliArguments, type CliCommand, type CliContext } from './command.ts';
import { formatOption } from './formatOption.ts';

export const tokens: CliCommand = {
  name: 'tokens',
  summary: 'Show one row as the model gets it: tokens, which of them are learnt, what is cut or left out.',
  usage: 'tokens FILE --line N --model DIR [--method ID] [--json]',
  details: `Each token comes with its id; those with a mark count in the loss.

  posttrain tokens train.jsonl --line 3 --model models/tiny --method sft --max_length 512
`,
  options: [
    { name: 'line', type: 'integer', value: 'N', description: "The row's line in the file, from 1." },
    { name: 'model', type: 'string', value: 'DIR', description: 'The model folder whose tokenizer and chat template are used.' },
    { name: 'format', type: 'string', value: 'ID', description: 'Format of the file; found by itself when not given.' },
    { name: 'json', type: 'boolean', description: 'One JSON object a line: {line, method, side, ids, tokens, trained, promptLength, truncatedFrom, dropped}.' },
  ],
  positionals: { min: 1, max: 1 },
  methodParams: true,
  async run(args, context) {
    const line = args.options.line;
    const model = args.options.model;
    if (typeof line !== 'number') throw new UsageError('"posttrain tokens" needs --line N.');
    if (line < 1) throw new UsageError('--line counts from 1.');
    if (typeof model !== 'string') throw new UsageError('"posttrain tokens" needs --model DIR.');
    const { text, format } = await readRow(resolve(context.cwd, args.positionals[0]!), line, formatOption(args), args.params);
    const method = methodFor(args, format);
    const worker = startTokenWorker(await loadTokenizerFiles(resolve(context.cwd, model), tokenizerChanges(args.params, context.cwd)));
    try {
      const params = { ...Object.fromEntries(paramsOf(method).map((param) => [param.name, param.default])), ...args.params };
      const [row] = await worker.prepare([{ line, text }], { format, method, params }, context.signal);
      if (row!.sides.length === 0) throw new UserError(`Line ${line} is no ${format} row: ${row!.problems.map((p) => p.message).join(' ')}`, 'bad-row');
      for (const side of row!.sides) {
        const texts = await worker.texts(side.ids);
        if (args.options.json) context.printJson(asJson(line, method, side, texts));
        else context.print(asText(line, method, side, texts, context));
      }
      if (!args.options.json) for (const problem of row!.problems) context.note(`${problem.severity}: ${problem.message}`);
      return 0;
    } finally {
      worker.dispose();
    }
  },
};

async function readRow(path: string, line: number, wanted: Format | undefined, params: Readonly<Record<string, unknown>>): Promise<{ text: string; format: string }> {
  const source = await openFileSource(path);
  try {
    const lines = new RecordStore(source, await new LineIndex(source.sizeBytes).build(source));
    if (line > lines.rows) throw new UserError(`${path} has ${lines.rows} lines, so there is no line ${line}.`, 'no-line');
    const format = wanted === undefined ? await formatOf(lines, path, params) : wanted.id;
    const text = withoutCr((await lines.texts(line - 1, 1))[0]!);
    if (isBlank(text)) throw new UserError(`Line ${line} of ${path} is blank.`, 'no-line');
    return { text, format };
  } finally {
    await source.close();
  }
}

function methodFor(args: CliArguments, format: string): MethodId {
  if (typeof args.options.method === 'string') return methods.find(args.options.method).id;
  const rows = formats.find(format);
  const method = usualMethod(rows);
  if (!method) throw new UserError(`No method of this version takes ${format} rows.${conversionHint(rows)}`, 'wrong-format');
  return method;
}

/** The keys that scripts rely on, in the order of the documentation. */
function asJson(line: number, method: MethodId, side: PreparedSide, tokens: string[]) {
  const { ids, trained, promptLength, truncatedFrom, dropped } = side;
  return { line, method, side: side.side, ids, tokens, trained, promptLength, truncatedFrom, dropped };
}

function asText(line: number, method: MethodId, side: PreparedSide, tokens: string[], { color }: CliContext): string {
  const learnt = side.trained.reduce((sum, flag) => sum + flag, 0);
  const facts = [`${side.ids.length} tokens`, `${learnt} learnt`, ...(side.promptLength > 0 ? [`${side.promptLength} of the prompt`] : []), ...(side.truncatedFrom === null ? [] : [`cut from ${side.truncatedFrom}`])];
  const head = `line ${line}, ${method}${side.side === 'row' ? '' : `, ${side.side}`}: ${facts.join(', ')}${side.dropped === null ? '' : `\nleft out: ${side.dropped}`}`;
  const mark = (flag: number | undefined) => (flag === 1 ? (color ? '\u001b[32m●\u001b[0m' : '*') : ' ');
  const rows = tokens.map((token, i) => `${String(i).padStart(5)} ${mark(side.trained[i])} ${String(side.ids[i]).padStart(7)}  ${oneLine(visible(token), 60)}`);
  return `${head}\n${rows.join('\n')}\n`;
}

/** Control characters would move the cursor of the terminal. */
function visible(token: string): string {
  return token.replace(/\p{C}/gu, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`);
}

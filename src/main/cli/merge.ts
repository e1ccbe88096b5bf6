/** `posttrain merge ADAPTER --output DIR`: a whole model folder from an adapter and its base. */

import { resolve } from 'node:path';
import { shellWord } from '../../core/text.ts';
import { mergeAdapterFolder } from '../../node/mergeAdapter.ts';
import { displayPath } from '../../node/runDirectory.ts';
import { UsageError, type CliCommand } from './command.ts';

export const merge: CliCommand = {
  name: 'merge',
  summary: 'Make a whole model of an adapter and its base.',
  usage: 'merge ADAPTER --output DIR [--base DIR]',
  options: [
    { name: 'output', type: 'string', value: 'DIR', description: 'The new model folder. It must not exist yet.' },
    { name: 'base', type: 'string', value: 'DIR', description: 'The base model, where the adapter names another place.' },
    { name: 'json', type: 'boolean', description: 'Progress as JSON objects, one a line: {done, total}.' },
  ],
  positionals: { min: 1, max: 1 },
  details: 'ADAPTER is a folder with adapter_config.json, or a run: its result, else its newest checkpoint. LoRA, rank-stabilised LoRA, DoRA, trained token rows and copied modules\nare folded in with 32-bit precision, and the result is stored in the types of the base. Adapter and base stay as they are.',
  async run(args, context) {
    const { output, base } = args.options;
    if (typeof output !== 'string') throw new UsageError('"posttrain merge" needs --output DIR.');
    const target = resolve(context.cwd, output);
    const head = await mergeAdapterFolder(resolve(context.cwd, args.positionals[0]!), target, {
      baseModel: typeof base === 'string' ? resolve(context.cwd, base) : undefined,
      signal: context.signal,
      progress: (done, total) => args.options.json && context.printJson({ done, total }),
    });
    const name = displayPath(target, context.cwd);
    if (!args.options.json) context.print(head === 'score' ? `${name} is a whole reward model.\n` : `${name} is a whole model. Try it: posttrain generate --model ${shellWord(name)} --prompt "…"\n`);
    return 0;
  },
};

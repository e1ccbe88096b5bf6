/** `posttrain formats`: the dataset formats, their keys, and the methods that take them. */

import type { Format } from '../../dataset/format.ts';
import { formats as registry } from '../../dataset/formats/index.ts';
import { methodsFor } from '../../methods/index.ts';
import type { CliCommand } from './command.ts';

export const formats: CliCommand = {
  name: 'formats',
  summary: 'List the dataset formats, their keys, and the methods that take them.',
  usage: 'formats [--json]',
  options: [{ name: 'json', type: 'boolean', description: 'One JSON object a line: {id, label, keys, methods}.' }],
  positionals: { min: 0, max: 0 },
  run(args, context) {
    for (const format of registry.entries) {
      const described = describe(format);
      if (args.options.json) context.printJson(described);
      else context.print(`${format.id}\n  ${format.description}\n  keys: ${described.keys.join(', ')}${described.methods.length > 0 ? `\n  methods: ${described.methods.join(', ')}` : ''}\n  example: ${JSON.stringify(format.examples[0])}\n\n`);
    }
    return Promise.resolve(0);
  },
};

function describe(format: Format): { id: string; label: string; keys: string[]; methods: string[] } {
  const { id, label, schema } = format;
  return { id, label, keys: Object.keys(schema.properties ?? {}), methods: methodsFor(format) };
}

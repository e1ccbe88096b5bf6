/** The registry of training methods, and the parameters of each. A new method is one file here, one line below, and its loss in train/losses. */

import { defineRegistry } from '../core/registry.ts';
import { wayTo } from '../dataset/convert/kinds.ts';
import type { Example } from '../dataset/example.ts';
import type { Format } from '../dataset/format.ts';
import type { PreparedSide } from '../tokens/prepare.ts';
import type { Tokenizer } from '../tokens/tokenizer.ts';
import { cpo } from './cpo.ts';
import { dpo } from './dpo.ts';
import { kto } from './kto.ts';
import type { Method, Param } from './method.ts';
import { orpo } from './orpo.ts';
import { pretrain } from './pretrain.ts';
import { reward } from './reward.ts';
import { sft } from './sft.ts';
import { sharedParams } from './shared.ts';

const entries = [pretrain, sft, dpo, orpo, cpo, kto, reward] as const;

export type MethodId = (typeof entries)[number]['id'];

export const methods = defineRegistry<MethodId, Method & { readonly id: MethodId }>('method', entries);

/** Every parameter of the method: the shared ones, in their order, with the method's own ones in place or after them. */
export function paramsOf(id: MethodId): readonly Param[] {
  const own = new Map(methods.get(id).params.map((param): [string, Param] => [param.name, param]));
  const shared = sharedParams.map((param) => {
    const replacement = own.get(param.name);
    own.delete(param.name);
    return replacement ?? param;
  });
  return [...shared, ...own.values()];
}

type Kinds = Pick<Format, 'kinds'>;

/** Whether the method can use rows of the format; of some formats it is so for a part of the rows. */
export function takes(method: MethodId, { kinds }: Kinds): boolean {
  return kinds.some((kind) => methods.get(method).accepts.includes(kind));
}

/** The methods that take rows of the format as they are. */
export function methodsFor(format: Kinds): MethodId[] {
  return methods.ids.filter((id) => takes(id, format));
}

/** The method that rows of a format are most often for; undefined when none takes them. */
export function usualMethod(format: Kinds): MethodId | undefined {
  const fitting = methodsFor(format);
  return fitting.includes('sft') ? 'sft' : fitting[0];
}

/** How rows that a method (or any) does not take can be made into some that it takes; empty where they cannot. A sentence with a space before it. */
export function conversionHint({ kinds }: Kinds, wanted: readonly MethodId[] = methods.ids): string {
  const way = wayTo(kinds[0], [...new Set(wanted.flatMap((id) => methods.get(id).accepts))]);
  return way && way.length > 0 ? ` Converted, they can be used: posttrain convert FILE NEW_FILE --to ${way.at(-1)!}.` : '';
}

/** How the row becomes tokens, labels, cuts and drops: the one function for trainer, dry run, token view and CLI. */
export function prepareExample(example: Example, method: MethodId, tokenizer: Tokenizer, params: Readonly<Record<string, unknown>>): PreparedSide[] {
  return methods.get(method).prepare(example, tokenizer, params);
}

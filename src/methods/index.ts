/** The registry of training methods, and the parameters of each. A new method is one file here, one line below, and its loss in train/losses. */

import { defineRegistry } from '../core/registry.ts';
import type { Example, ExampleKind } from '../dataset/example.ts';
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

/** The method that rows of a kind are most often for; undefined when none takes them. */
export function usualMethod(kind: ExampleKind): MethodId | undefined {
  const fitting = methods.ids.filter((id) => methods.get(id).accepts.includes(kind));
  return fitting.includes('sft') ? 'sft' : fitting[0];
}

/** How the row becomes tokens, labels, cuts and drops: the one function for trainer, dry run, token view and CLI. */
export function prepareExample(example: Example, method: MethodId, tokenizer: Tokenizer, params: Readonly<Record<string, unknown>>): PreparedSide[] {
  return methods.get(method).prepare(example, tokenizer, params);
}

/** Which weights a full training leaves as they are: the `freeze` of a run spec, read against the names of the model. No tensors. */

import { UserError } from '../core/problem.ts';
import { didYouMean } from '../core/text.ts';
import type { ModelConfig } from './config.ts';
import { endsWithName, moduleOf, modulesAround, wholePath } from './moduleNames.ts';
import { headName, parameterShapes } from './shapes.ts';

/**
 * Names of the parameters that the patterns mean. A pattern is the path of a module or parameter or the end of one ("embed_tokens",
 * "layers.0"), or a regular expression over a whole path ("model.layers.[0-3]"); of a module it means everything inside. Throws a
 * UserError for one that fits nothing, and where nothing is left to train.
 */
export function frozenParameters(config: ModelConfig, patterns: readonly string[]): string[] {
  const all = [...parameterShapes(config).keys()];
  const fits = (parameter: string, pattern: string): boolean => {
    const expression = wholePath(pattern);
    return [...modulesAround(parameter), parameter].some((path) => endsWithName(path, pattern) || expression?.test(path));
  };
  for (const pattern of patterns) {
    if (pattern !== '' && all.some((parameter) => fits(parameter, pattern))) continue;
    if (config.tieWordEmbeddings && config.head === 'lm' && endsWithName(moduleOf(headName), pattern)) throw new UserError('freeze: the head of this model is its embedding (tie_word_embeddings). Write model.embed_tokens.', 'freeze');
    const known = [...new Set(all.flatMap((parameter) => [...modulesAround(parameter), ...modulesAround(parameter).map((path) => path.split('.').at(-1)!)]))];
    throw new UserError(`freeze: nothing in the model is called ${JSON.stringify(pattern)}.${didYouMean(pattern, known)} Write the path of a module (model.embed_tokens), the end of one (self_attn), or a regular expression over whole paths (model.layers.[0-3]).`, 'freeze');
  }
  const frozen = all.filter((parameter) => patterns.some((pattern) => fits(parameter, pattern)));
  if (frozen.length === all.length) throw new UserError('freeze: this means every weight of the model, so that nothing is left to train.', 'freeze');
  return frozen;
}

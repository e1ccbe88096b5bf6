/** The loss of every method. A method without one does not compile. */

import type { MethodId } from '../../methods/index.ts';
import type { Loss } from './loss.ts';
import { pretrain } from './pretrain.ts';
import { sft } from './sft.ts';

export const losses: Record<MethodId, Loss> = { pretrain, sft };

/** The loss of every method. A method without one does not compile. */

import type { MethodId } from '../../methods/index.ts';
import { cpo } from './cpo.ts';
import { dpo } from './dpo.ts';
import { kto } from './kto.ts';
import type { MakeLoss } from './loss.ts';
import { orpo } from './orpo.ts';
import { pretrain } from './pretrain.ts';
import { reward } from './reward.ts';
import { sft } from './sft.ts';

export const losses: Record<MethodId, MakeLoss> = { pretrain, sft, dpo, orpo, cpo, kto, reward };

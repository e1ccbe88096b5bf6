/** Pre-training: the loss of SFT over packed rows, where every token but a row's first is a target. */

import type { MakeLoss } from './loss.ts';
import { sft } from './sft.ts';

export const pretrain: MakeLoss = sft;

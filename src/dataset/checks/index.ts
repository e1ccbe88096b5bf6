/** The registry of checks, in the order in which the docs list them. A new check is one file here and one line below. */

import { defineRegistry } from '../../core/registry.ts';
import type { Check } from './check.ts';
import { malformedJson } from './malformedJson.ts';

const entries = [malformedJson] as const;

export type CheckId = (typeof entries)[number]['id'];

export const checks = defineRegistry<CheckId, Check & { readonly id: CheckId }>('check', entries);

/** The registry of checks, in the order in which the docs list them. A new check is one file here and one line below. */

import { defineRegistry } from '../../core/registry.ts';
import { benchmarkOverlap } from './benchmarkOverlap.ts';
import { blankLine } from './blankLine.ts';
import { bom } from './bom.ts';
import { brokenEncoding } from './brokenEncoding.ts';
import type { Check, FileCheck, RowCheck, SetCheck } from './check.ts';
import { contradictoryPairs } from './contradictoryPairs.ts';
import { duplicateKey } from './duplicateKey.ts';
import { duplicateRow } from './duplicateRow.ts';
import { emptyAnswer } from './emptyAnswer.ts';
import { emptyPrompt } from './emptyPrompt.ts';
import { evalOverlap } from './evalOverlap.ts';
import { foreignKey } from './foreignKey.ts';
import { hiddenCharacter } from './hiddenCharacter.ts';
import { invalidTools } from './invalidTools.ts';
import { invalidUtf8 } from './invalidUtf8.ts';
import { labelBalance } from './labelBalance.ts';
import { lengthBias } from './lengthBias.ts';
import { literalNull } from './literalNull.ts';
import { loneSurrogate } from './loneSurrogate.ts';
import { malformedJson } from './malformedJson.ts';
import { mediaContent } from './mediaContent.ts';
import { missingKey } from './missingKey.ts';
import { misspeltKey } from './misspeltKey.ts';
import { mixedContent } from './mixedContent.ts';
import { mixedFormats } from './mixedFormats.ts';
import { nanLiteral } from './nanLiteral.ts';
import { nearDuplicates } from './nearDuplicates.ts';
import { noAssistantTurn } from './noAssistantTurn.ts';
import { noMessages } from './noMessages.ts';
import { noRows } from './noRows.ts';
import { noSharedPrompt } from './noSharedPrompt.ts';
import { notAnObject } from './notAnObject.ts';
import { notJsonLines } from './notJsonLines.ts';
import { otherFile } from './otherFile.ts';
import { repeatedPrompt } from './repeatedPrompt.ts';
import { sameAnswers } from './sameAnswers.ts';
import { samePrompt } from './samePrompt.ts';
import { secret } from './secret.ts';
import { specialToken } from './specialToken.ts';
import { stepsMismatch } from './stepsMismatch.ts';
import { toolArguments } from './toolArguments.ts';
import { trailingComma } from './trailingComma.ts';
import { turnOrder } from './turnOrder.ts';
import { typeDrift } from './typeDrift.ts';
import { unaskedPrompt } from './unaskedPrompt.ts';
import { undeclaredTool } from './undeclaredTool.ts';
import { unknownFormat } from './unknownFormat.ts';
import { unknownRole } from './unknownRole.ts';
import { unlearntTurn } from './unlearntTurn.ts';
import { wrongType } from './wrongType.ts';

const entries = [
  otherFile, notJsonLines, noRows, unknownFormat,
  malformedJson, trailingComma, nanLiteral, notAnObject, duplicateKey, loneSurrogate, invalidUtf8, bom, blankLine,
  missingKey, misspeltKey, foreignKey, wrongType, mixedContent, invalidTools, stepsMismatch,
  noMessages, unknownRole, turnOrder, noAssistantTurn, unlearntTurn, unaskedPrompt, mediaContent, undeclaredTool, toolArguments,
  emptyAnswer, emptyPrompt, sameAnswers, noSharedPrompt, repeatedPrompt,
  specialToken, hiddenCharacter, brokenEncoding, literalNull, secret,
  duplicateRow, nearDuplicates, samePrompt, contradictoryPairs, typeDrift, mixedFormats, labelBalance, lengthBias, evalOverlap, benchmarkOverlap,
] as const;

export type CheckId = (typeof entries)[number]['id'];

export const checks = defineRegistry<CheckId, Check & { readonly id: CheckId }>('check', entries);

export const rowChecks: readonly RowCheck[] = checks.entries.filter((check) => check.on !== 'file' && check.on !== 'set');
export const fileChecks: readonly FileCheck[] = checks.entries.filter((check) => check.on === 'file');
export const setChecks: readonly SetCheck[] = checks.entries.filter((check) => check.on === 'set');

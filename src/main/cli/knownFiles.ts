/** Reads the files that a dataset is held against: what evaluations ask, what benchmarks say. */

import { BenchmarkTexts } from '../../dataset/across/benchmarkTexts.ts';
import { EvalQuestions } from '../../dataset/across/evalQuestions.ts';
import type { KnownFiles } from '../../dataset/across/knownFiles.ts';
import { RowFacts } from '../../dataset/across/rowFacts.ts';
import { Row } from '../../dataset/checks/row.ts';
import { readLines } from '../../dataset/lineReader.ts';
import { withoutCr } from '../../dataset/lineText.ts';
import { openFileSource } from '../../node/fileSource.ts';
import { formatOfFile } from '../fileFormat.ts';

/** A file with the name that messages give it. */
export interface NamedFile {
  path: string;
  name: string;
}

/** Throws a UserError for a file that cannot be read. */
export async function readKnownFiles({ evals, benchmarks }: { evals: readonly NamedFile[]; benchmarks: readonly NamedFile[] }, signal?: AbortSignal): Promise<KnownFiles> {
  return { ...(evals.length > 0 && { evals: await questionsOf(evals, signal) }), ...(benchmarks.length > 0 && { benchmarks: await textsOf(benchmarks, signal) }) };
}

async function questionsOf(files: readonly NamedFile[], signal: AbortSignal | undefined): Promise<EvalQuestions> {
  const questions = new EvalQuestions();
  for (const { path, name } of files) {
    questions.open(name);
    const source = await openFileSource(path);
    try {
      const format = await formatOfFile(source, undefined, signal);
      for await (const batch of readLines(source, signal)) {
        for (const text of batch) {
          const row = new Row(withoutCr(text), format);
          questions.add(row.record && new RowFacts(row));
        }
      }
    } finally {
      await source.close();
    }
  }
  return questions;
}

async function textsOf(files: readonly NamedFile[], signal: AbortSignal | undefined): Promise<BenchmarkTexts> {
  const texts = new BenchmarkTexts();
  for (const { path, name } of files) {
    texts.open(name);
    const source = await openFileSource(path);
    try {
      for await (const batch of readLines(source, signal)) for (const text of batch) texts.add(withoutCr(text));
    } finally {
      await source.close();
    }
  }
  return texts;
}

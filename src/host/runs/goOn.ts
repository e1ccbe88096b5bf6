/** What can follow a run that rests: more steps than planned, or a branch that begins at one of its checkpoints. */

import { join } from 'node:path';
import * as vscode from 'vscode';
import { UserError } from '../../core/problem.ts';
import { checkpointSteps } from '../../node/branchPoint.ts';
import { makeLonger, reachedBy } from '../../node/longerRun.ts';
import { freeName, readRun } from '../../node/runDirectory.ts';
import { fileKind } from '../../node/specFile.ts';
import { checkpointName, runPaths } from '../../run/directory.ts';
import { formatCount } from '../../run/format.ts';
import { moreThan, planLonger } from '../../run/longer.ts';
import { askToTrain } from './allowed.ts';
import { runName } from './facts.ts';
import { resumeRun, startSpec, type StartDependencies } from './startRun.ts';

/** Asks for the new total in the unit in which the run was planned. */
export async function goOnLonger(dependencies: StartDependencies, dir: string): Promise<void> {
  const { t } = vscode.l10n;
  if (!(await askToTrain())) return;
  const record = await readRun(dir);
  const reached = await reachedBy(dir);
  const { max_steps: steps, num_train_epochs: epochs } = record.spec.params as { max_steps: number; num_train_epochs: number };
  const bySteps = steps > 0;
  const words = (text: string) => [`${bySteps ? 'max_steps' : 'num_train_epochs'}=${text.trim()}`];
  const total = await vscode.window.showInputBox({
    title: t('Let {0} Go On Longer', runName(dir)),
    prompt: bySteps
      ? t('How many steps in all? It has done {0} of {1}. The learning rate then follows the schedule for the new total.', formatCount(reached.step), formatCount(steps))
      : t('How many epochs in all? It has done {0} of {1}. The learning rate then follows the schedule for the new total.', String(Number(reached.epoch.toFixed(2))), String(epochs)),
    value: String(bySteps ? Math.max(steps, reached.step) * 2 : Math.max(epochs, Math.ceil(reached.epoch)) * 2),
    validateInput(text) {
      try {
        planLonger(record, words(text), reached);
        return undefined;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
  });
  if (total === undefined) return;
  await makeLonger(dir, words(total));
  await resumeRun(dependencies, dir, { longer: true });
}

/** Begins a run at a checkpoint of this one, from the same spec file with what the person wants otherwise. Returns its directory. */
export async function branchRun(dependencies: StartDependencies, dir: string): Promise<string | undefined> {
  const { t } = vscode.l10n;
  if (!(await askToTrain())) return undefined;
  const { spec, spec_file: file } = await readRun(dir);
  if (!file || (await fileKind(file)) !== 'file') throw new UserError(t('{0} does not say which spec file it came from, or that file is gone. In a terminal: posttrain train SPEC --from CHECKPOINT', runName(dir)));
  const steps = await checkpointSteps(dir);
  if (steps.length === 0) throw new UserError(t('{0} has no checkpoint to begin at.', runName(dir)));
  const title = t('Branch from {0}', runName(dir));
  const picked = await vscode.window.showQuickPick(steps.map((step) => ({ label: t('Step {0}', formatCount(step)), step })), { title, placeHolder: t('At which checkpoint does the new run begin?') });
  if (!picked) return undefined;
  const changes = await vscode.window.showInputBox({ title, value: moreThan(picked.step, spec.params, await reachedBy(dir)), prompt: t('Settings that are to be different, as key=value with spaces between. Empty: the spec as it is.'), placeHolder: 'learning_rate=1e-5 max_steps=2000' });
  if (changes === undefined) return undefined;
  const overrides = [`output_dir=${await freeName(dir)}`, ...changes.split(/\s+/).filter(Boolean)];
  return startSpec(dependencies, file, overrides, join(runPaths(dir).checkpoints, checkpointName(picked.step)));
}

/** Start Run: from a run spec, or from a dataset by way of one; checked first, every problem with its line and what to do. */

import { dirname, resolve } from 'node:path';
import * as vscode from 'vscode';
import { hasError, UserError, type Problem } from '../../core/problem.ts';
import { lineColumn } from '../../core/text.ts';
import { branchPoint } from '../../node/branchPoint.ts';
import { createNewRun } from '../../node/newRun.ts';
import { isRun, runStatus } from '../../node/runDirectory.ts';
import { loadSpec, type LoadedSpec } from '../../node/specFile.ts';
import { isRunSpecName } from '../../run/spec.ts';
import type { HostContext } from '../context.ts';
import { askToTrain, localPath } from './allowed.ts';
import { runName } from './facts.ts';
import { newRunSpec } from './newSpec.ts';
import { activeFile, pickSpec } from './pick.ts';
import type { RunLauncher } from './launcher.ts';
import type { SpecProblems } from './specProblems.ts';

export interface StartDependencies {
  context: HostContext;
  launcher: RunLauncher;
  problems: SpecProblems;
  open(dir: string): Promise<void>;
  resume(dir: string): Promise<void>;
}

/** Returns the run directory once the trainer trains, or undefined when the person changed their mind or has something to mend. */
export async function startRun(dependencies: StartDependencies, from: vscode.Uri | undefined): Promise<string | undefined> {
  if (!(await askToTrain())) return undefined;
  const spec = await chooseSpec(from ?? activeFile());
  if (!spec) return undefined;
  if (!(await saveWhatIsOpen(spec))) return undefined;
  return startSpec(dependencies, localPath(spec), []);
}

async function chooseSpec(from: vscode.Uri | undefined): Promise<vscode.Uri | undefined> {
  if (from && isRunSpecName(from.path)) return from;
  const dataset = from && /\.(jsonl|ndjson)$/i.test(from.path) ? from : undefined;
  const choice = await pickSpec(dataset);
  if (choice !== 'new') return choice;
  // What trains for minutes or days is looked at first.
  const made = await newRunSpec(dataset);
  const start = vscode.l10n.t('Start Run');
  return made && (await vscode.window.showInformationMessage(vscode.l10n.t('{0} is ready. Look it over, then start it: here, or with the button in its title.', vscode.workspace.asRelativePath(made)), start)) === start ? made : undefined;
}

/** `from`: the checkpoint of another run at which this one begins. */
export async function startSpec(dependencies: StartDependencies, file: string, overrides: readonly string[], from?: string): Promise<string | undefined> {
  const { context, launcher, problems, open } = dependencies;
  const loaded = await loadSpec(file, { cwd: dirname(file), overrides, toStart: true });
  const taken = loaded.problems.find((problem) => problem.code === 'spec-output-exists' && typeof problem.data?.free === 'string');
  const errors = loaded.problems.filter((problem) => problem.severity === 'error');
  if (taken && errors.length === 1) return outputTaken(dependencies, loaded, taken);
  problems.show(loaded);
  if (hasError(loaded.problems) || !loaded.spec) {
    await showSpecErrors(loaded, errors);
    return undefined;
  }
  const branch = from === undefined ? undefined : await branchPoint(from, loaded.spec);
  const dir = resolve(await createNewRun({ spec: loaded.spec, specFile: file, distDir: context.asset('dist').fsPath, overwrite: loaded.overwrite, branch }));
  context.log.info(`Starting ${dir} from ${file}`);
  const starting = launcher.launch(dir, { resume: false });
  await open(dir);
  await starting;
  await vscode.commands.executeCommand('setContext', 'posttrain.startedRun', true);
  return dir;
}

/** The commonest stumble, and no reason to edit a file: the folder of the last run is still there. */
async function outputTaken(dependencies: StartDependencies, loaded: LoadedSpec, problem: Problem): Promise<string | undefined> {
  const free = problem.data!.free as string;
  const path = problem.data!.path as string;
  const again = vscode.l10n.t('Start as {0}', runName(free));
  const show = vscode.l10n.t('Open {0}', runName(path));
  const choice = await vscode.window.showInformationMessage(vscode.l10n.t('{0} already holds a run. A run never writes over another one.', vscode.workspace.asRelativePath(path)), again, show);
  if (choice === show) await dependencies.open(resolve(path));
  return choice === again ? startSpec(dependencies, loaded.file, [`output_dir=${free}`]) : undefined;
}

/** One message with the first error's line, the document open at it, everything in the Problems panel. */
async function showSpecErrors(loaded: LoadedSpec, errors: readonly Problem[]): Promise<void> {
  const [first] = errors;
  if (!first) throw new UserError(vscode.l10n.t('{0} cannot be read as a run spec.', loaded.file));
  const { line, column } = lineColumn(loaded.text, first.start);
  const document = await vscode.workspace.openTextDocument(loaded.file);
  const place = new vscode.Position(line - 1, column - 1);
  await vscode.window.showTextDocument(document, { selection: new vscode.Range(place, place) });
  const more = errors.length > 1 ? ` ${errors.length === 2 ? vscode.l10n.t('And 1 more problem.') : vscode.l10n.t('And {0} more problems.', errors.length - 1)}` : '';
  const show = vscode.l10n.t('Show Problems');
  const name = loaded.file.split(/[\\/]/).at(-1) ?? loaded.file;
  const choice = await vscode.window.showErrorMessage(vscode.l10n.t('The run was not started. {0}, line {1}: {2}{3}', name, line, first.message, more), show);
  if (choice === show) await vscode.commands.executeCommand('workbench.actions.view.problems');
}

/** Training reads from disk: what is still unsaved would silently be left out. */
async function saveWhatIsOpen(spec: vscode.Uri): Promise<boolean> {
  const document = vscode.workspace.textDocuments.find((open) => open.uri.toString() === spec.toString());
  if (document?.isDirty) await document.save();
  const dirty = vscode.window.tabGroups.all.flatMap((group) => group.tabs).filter((tab) => tab.isDirty && tabFile(tab) && /\.(jsonl|ndjson)$/i.test(tabFile(tab)!.path));
  if (dirty.length === 0) return true;
  const save = vscode.l10n.t('Save and Start');
  const without = vscode.l10n.t('Start Without');
  const names = dirty.map((tab) => tab.label).join(', ');
  const choice = await vscode.window.showWarningMessage(vscode.l10n.t('{0} has changes that are not saved. Training reads the file on disk.', names), { modal: true }, save, without);
  if (choice === save) return vscode.workspace.saveAll(false);
  return choice === without;
}

function tabFile(tab: vscode.Tab): vscode.Uri | undefined {
  const { input } = tab;
  return input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom ? input.uri : undefined;
}

/** Goes on with a run from its newest checkpoint, or from the start where there is none. */
export async function resumeRun({ launcher, open }: Pick<StartDependencies, 'launcher' | 'open'>, dir: string, options: { longer?: boolean } = {}): Promise<void> {
  if (!(await askToTrain())) return;
  if (!(await isRun(dir))) throw new UserError(vscode.l10n.t('{0} is no run directory: it has no run.json and no events.jsonl.', dir));
  if (!options.longer && (await runStatus(dir)) === 'completed') {
    throw new UserError(vscode.l10n.t('{0} is complete: there is nothing to resume. The command "Let Run Go On Longer" gives it more steps; or start a new run with model_name_or_path: {0}/final', dir), 'run-complete');
  }
  const starting = launcher.launch(dir, { resume: true });
  await open(dir);
  await starting;
}

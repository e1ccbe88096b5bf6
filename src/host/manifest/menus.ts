/** Where commands appear besides the palette: title bars, context menus, the views' own buttons. */

import type { CommandId } from './commands.ts';

export interface MenuItem {
  command: CommandId;
  when?: string;
  group?: string;
}

/** Files that the dataset editor opens and a run can train on. */
const isDatasetFile = 'resourceExtname =~ /^\\.(jsonl|ndjson)$/';
/** What rows can be converted from. */
const holdsRows = 'resourceExtname =~ /^\\.(jsonl|ndjson|json|csv|parquet)$/';
const isRunSpec = 'resourceFilename =~ /\\.posttrain\\.(ya?ml|json)$/';
const datasetEditorActive = 'activeCustomEditorId == posttrain.dataset';
const runView = 'view == posttrain.runs';

export const menus = {
  'editor/title': [
    { command: 'posttrain.dataset.openEditor', when: `${isDatasetFile} && activeEditor == workbench.editors.files.textFileEditor`, group: 'navigation@1' },
    { command: 'posttrain.dataset.openText', when: datasetEditorActive, group: 'navigation@1' },
    { command: 'posttrain.run.start', when: isRunSpec, group: 'navigation@0' },
    { command: 'posttrain.run.start', when: isDatasetFile, group: 'navigation@2' },
  ],
  'explorer/context': [
    { command: 'posttrain.dataset.openEditor', when: isDatasetFile, group: 'navigation@20' },
    { command: 'posttrain.dataset.newFile', when: isDatasetFile, group: '2_posttrain@3' },
    { command: 'posttrain.run.start', when: `${isRunSpec} || ${isDatasetFile}`, group: '2_posttrain@1' },
    { command: 'posttrain.run.new', when: isDatasetFile, group: '2_posttrain@2' },
    { command: 'posttrain.dataset.convert', when: holdsRows, group: '2_posttrain@3' },
    { command: 'posttrain.dataset.showStats', when: isDatasetFile, group: '2_posttrain@4' },
  ],
  'view/title': [
    { command: 'posttrain.run.start', when: runView, group: 'navigation@1' },
    { command: 'posttrain.runs.refresh', when: runView, group: 'navigation@2' },
    { command: 'posttrain.openSampleProject', when: runView, group: '2_start@1' },
    { command: 'posttrain.openWalkthrough', when: runView, group: '2_start@2' },
    { command: 'posttrain.terminal.open', when: runView, group: '3_machine@1' },
    { command: 'posttrain.devices.show', when: runView, group: '3_machine@2' },
    { command: 'posttrain.backend.setUp', when: runView, group: '3_machine@3' },
    { command: 'posttrain.log.show', when: runView, group: '3_machine@4' },
  ],
  'view/item/context': [
    { command: 'posttrain.run.stop', when: `${runView} && viewItem =~ /live/`, group: 'inline@1' },
    { command: 'posttrain.run.continue', when: `${runView} && viewItem =~ /paused/`, group: 'inline@0' },
    { command: 'posttrain.run.resume', when: `${runView} && viewItem =~ /resumable/`, group: 'inline@1' },
    { command: 'posttrain.run.open', when: runView, group: '1_run@1' },
    { command: 'posttrain.run.ask', when: `${runView} && viewItem =~ /answers/`, group: '1_run@2' },
    { command: 'posttrain.run.merge', when: `${runView} && viewItem =~ /trained/`, group: '1_run@3' },
    { command: 'posttrain.run.pause', when: `${runView} && viewItem =~ /running/`, group: '2_control@1' },
    { command: 'posttrain.run.continue', when: `${runView} && viewItem =~ /paused/`, group: '2_control@1' },
    { command: 'posttrain.run.stop', when: `${runView} && viewItem =~ /live/`, group: '2_control@2' },
    { command: 'posttrain.run.resume', when: `${runView} && viewItem =~ /resumable/`, group: '2_control@3' },
    { command: 'posttrain.run.longer', when: `${runView} && viewItem =~ /rested/`, group: '2_control@4' },
    { command: 'posttrain.run.branch', when: `${runView} && viewItem =~ /rested/`, group: '2_control@5' },
    { command: 'posttrain.run.openSpec', when: `${runView} && viewItem =~ /spec/`, group: '3_files@1' },
    { command: 'posttrain.run.openLog', when: runView, group: '3_files@2' },
    { command: 'posttrain.run.reveal', when: runView, group: '3_files@3' },
  ],
} as const satisfies Record<string, readonly MenuItem[]>;

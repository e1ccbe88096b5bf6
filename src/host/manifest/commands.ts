/** Every command: its title in the palette, its icon, and when it can run. A command without a handler does not compile. */

export interface CommandSpec {
  /** As in the palette, without the category. Verbs first, in title case, as VS Code's own. */
  title: string;
  /** A codicon, `$(play)`. Needed where the command is a button in a title bar. */
  icon?: `$(${string})`;
  /** When the command can run; greyed out (menus) or absent (palette) otherwise. */
  enablement?: string;
  /** When the palette offers it, where that differs from `enablement`. `false`: never, it only makes sense on an item of a view. */
  palette?: string | false;
  /** A title that is shorter than the palette's, for buttons and menus. */
  shortTitle?: string;
}

// Commands that start a program have no `enablement` for trust: greyed out they could not say why. Run in a restricted or virtual
// workspace, they answer with the reason and the way out (host/runs/allowed.ts).

export const commands = {
  // start here
  'posttrain.openSampleProject': { title: 'Open Sample Project', icon: '$(folder-opened)' },
  'posttrain.openWalkthrough': { title: 'Open Walkthrough', icon: '$(mortar-board)' },

  // datasets
  'posttrain.dataset.openEditor': { title: 'Open in Dataset Editor', icon: '$(table)' },
  'posttrain.dataset.openText': { title: 'Open as Text', icon: '$(go-to-file)', palette: 'activeCustomEditorId == posttrain.dataset' },
  'posttrain.dataset.makeDefault': { title: 'Make the Dataset Editor the Default for This File Type' },
  'posttrain.dataset.insertRow': { title: 'Insert Row', palette: 'activeCustomEditorId == posttrain.dataset' },
  'posttrain.dataset.duplicateRow': { title: 'Duplicate Row', palette: 'activeCustomEditorId == posttrain.dataset' },
  'posttrain.dataset.deleteRow': { title: 'Delete Row', palette: 'activeCustomEditorId == posttrain.dataset' },
  'posttrain.dataset.addTurn': { title: 'Add Turn', palette: 'activeCustomEditorId == posttrain.dataset' },
  'posttrain.dataset.deleteTurn': { title: 'Delete Turn', palette: 'activeCustomEditorId == posttrain.dataset' },
  'posttrain.dataset.moveTurnUp': { title: 'Move Turn Up', palette: 'activeCustomEditorId == posttrain.dataset' },
  'posttrain.dataset.moveTurnDown': { title: 'Move Turn Down', palette: 'activeCustomEditorId == posttrain.dataset' },
  'posttrain.dataset.splitTurn': { title: 'Split Turn at Cursor', palette: 'activeCustomEditorId == posttrain.dataset' },
  'posttrain.dataset.changeRole': { title: 'Change Role of Turn…', palette: 'activeCustomEditorId == posttrain.dataset' },
  'posttrain.dataset.swapAnswers': { title: 'Swap Chosen and Rejected', palette: 'activeCustomEditorId == posttrain.dataset' },
  'posttrain.dataset.copyAcross': { title: 'Copy Answer to Other Side', palette: 'activeCustomEditorId == posttrain.dataset' },
  'posttrain.dataset.markGood': { title: 'Choose Answer A, or Mark Row as Good', palette: 'activeCustomEditorId == posttrain.dataset' },
  'posttrain.dataset.markBad': { title: 'Choose Answer B, or Mark Row as Bad', palette: 'activeCustomEditorId == posttrain.dataset' },
  'posttrain.dataset.tie': { title: 'Judge Answers of Row as a Tie', palette: 'activeCustomEditorId == posttrain.dataset' },
  'posttrain.dataset.skipRow': { title: 'Skip Row', palette: 'activeCustomEditorId == posttrain.dataset' },
  'posttrain.dataset.editLabels': { title: 'Edit Labels of Row', palette: 'activeCustomEditorId == posttrain.dataset' },
  'posttrain.dataset.editNote': { title: 'Edit Note on Row', palette: 'activeCustomEditorId == posttrain.dataset' },
  'posttrain.dataset.nextUnlabelled': { title: 'Go to Next Row Without a Label', palette: 'activeCustomEditorId == posttrain.dataset' },
  'posttrain.dataset.toggleBlind': { title: 'Toggle Blind A/B', palette: 'activeCustomEditorId == posttrain.dataset' },
  'posttrain.dataset.showAnnotations': { title: 'Show Annotations and Agreement', palette: 'activeCustomEditorId == posttrain.dataset' },
  'posttrain.dataset.editText': { title: 'Edit Text of Row', palette: 'activeCustomEditorId == posttrain.dataset' },
  'posttrain.dataset.toggleJson': { title: 'Toggle JSON of Row', palette: 'activeCustomEditorId == posttrain.dataset' },
  'posttrain.dataset.toggleTokens': { title: 'Toggle Tokens of Row', palette: 'activeCustomEditorId == posttrain.dataset' },
  'posttrain.dataset.goToRow': { title: 'Go to Row…', palette: 'activeCustomEditorId == posttrain.dataset' },
  'posttrain.dataset.nextRow': { title: 'Go to Next Row', palette: 'activeCustomEditorId == posttrain.dataset' },
  'posttrain.dataset.previousRow': { title: 'Go to Previous Row', palette: 'activeCustomEditorId == posttrain.dataset' },
  'posttrain.dataset.switchPane': { title: 'Switch Between List and Card', palette: 'activeCustomEditorId == posttrain.dataset' },
  'posttrain.dataset.showKeys': { title: 'Show Keys of Dataset Editor', palette: 'activeCustomEditorId == posttrain.dataset' },
  'posttrain.dataset.find': { title: 'Find Rows', palette: 'activeCustomEditorId == posttrain.dataset' },
  'posttrain.dataset.replace': { title: 'Replace in Rows', palette: 'activeCustomEditorId == posttrain.dataset' },
  'posttrain.dataset.newFile': { title: 'New File from Rows…', icon: '$(list-selection)' },
  'posttrain.dataset.nextProblem': { title: 'Go to Next Row with a Problem', palette: 'activeCustomEditorId == posttrain.dataset' },
  'posttrain.dataset.previousProblem': { title: 'Go to Previous Row with a Problem', palette: 'activeCustomEditorId == posttrain.dataset' },
  'posttrain.dataset.convert': { title: 'Convert Dataset…', icon: '$(arrow-swap)' },
  'posttrain.dataset.showStats': { title: 'Show Dataset Statistics', shortTitle: 'Show Statistics', icon: '$(graph)' },

  // runs
  'posttrain.run.start': { title: 'Start Run…', shortTitle: 'Start Run', icon: '$(play)' },
  'posttrain.run.new': { title: 'New Run Spec for Dataset…', shortTitle: 'New Run Spec', icon: '$(new-file)' },
  'posttrain.run.stop': { title: 'Stop Run and Save', shortTitle: 'Stop and Save', icon: '$(debug-stop)', palette: 'posttrain.liveRuns > 0' },
  'posttrain.run.pause': { title: 'Pause Run', icon: '$(debug-pause)', palette: 'posttrain.liveRuns > 0' },
  'posttrain.run.continue': { title: 'Continue Paused Run', shortTitle: 'Continue Run', icon: '$(play)', palette: 'posttrain.liveRuns > 0' },
  'posttrain.run.resume': { title: 'Resume Run…', shortTitle: 'Resume Run', icon: '$(debug-continue)' },
  'posttrain.run.longer': { title: 'Let Run Go On Longer…', icon: '$(debug-step-over)' },
  'posttrain.run.branch': { title: 'Branch Run from Checkpoint…', icon: '$(git-branch)' },
  'posttrain.run.open': { title: 'Open Run…', shortTitle: 'Open Run', icon: '$(graph-line)' },
  'posttrain.run.ask': { title: 'Ask Base and Tuned Model…', shortTitle: 'Ask Base and Tuned Model', icon: '$(comment-discussion)' },
  'posttrain.run.merge': { title: 'Merge Adapter of Run…', shortTitle: 'Merge Adapter', icon: '$(git-merge)' },
  'posttrain.run.openLog': { title: 'Open Log of Run', shortTitle: 'Open Log', icon: '$(output)', palette: false },
  'posttrain.run.openSpec': { title: 'Open Run Spec', icon: '$(file-code)', palette: false },
  'posttrain.run.reveal': { title: 'Reveal Run Folder', icon: '$(folder)', palette: false },
  'posttrain.runs.refresh': { title: 'Refresh Runs', icon: '$(refresh)' },

  // this machine
  'posttrain.devices.show': { title: 'Show Devices', icon: '$(server-environment)' },
  'posttrain.backend.setUp': { title: 'Set Up Training Backend', icon: '$(cloud-download)' },
  'posttrain.terminal.open': { title: 'Open Posttrain Terminal', icon: '$(terminal)' },
  'posttrain.log.show': { title: 'Show Log', icon: '$(output)' },
  'posttrain.diagnostics.copy': { title: 'Copy Diagnostics', icon: '$(copy)' },
} as const satisfies Record<`posttrain.${string}`, CommandSpec>;

export type CommandId = keyof typeof commands;

export const CATEGORY = 'Posttrain';

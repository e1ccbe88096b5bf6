/** The activity-bar container, its views, and what they say while they are empty. */

export const viewContainer = { id: 'posttrain', title: 'Posttrain', icon: 'media/icons/posttrain.svg' } as const;

export const RUNS_VIEW = 'posttrain.runs';

export const views = [{ id: RUNS_VIEW, name: 'Runs', icon: 'media/icons/posttrain.svg', contextualTitle: 'Posttrain' }] as const;

/** One sentence and one button each; `$(…)` and `[…](command:…)` as VS Code writes them. */
export const viewsWelcome = [
  {
    view: RUNS_VIEW,
    key: 'none',
    contents: 'No runs in this workspace yet.\n[Start Run](command:posttrain.run.start)\nNew here? The sample project trains a small model in about a minute.\n[Open Sample Project](command:posttrain.openSampleProject)',
    when: 'workspaceFolderCount > 0 && isWorkspaceTrusted',
  },
  {
    view: RUNS_VIEW,
    key: 'noFolder',
    contents: 'Open a folder to see its runs, or start with the sample project: it trains a small model in about a minute.\n[Open Sample Project](command:posttrain.openSampleProject)\n[Open Folder](command:vscode.openFolder)',
    when: 'workspaceFolderCount == 0',
  },
  {
    view: RUNS_VIEW,
    key: 'untrusted',
    contents: 'Runs start programs that this folder describes, so they are off in Restricted Mode. Editing and checking datasets works.\n[Manage Workspace Trust](command:workbench.trust.manage)',
    when: 'workspaceFolderCount > 0 && !isWorkspaceTrusted',
  },
] as const;

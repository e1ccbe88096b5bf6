/** Custom editors and webview panels, by the ids under which VS Code restores them. */

export const DATASET_EDITOR = 'posttrain.dataset';
export const RUN_PANEL = 'posttrain.run';
export const DEVICES_PANEL = 'posttrain.devices';
export const STATS_PANEL = 'posttrain.stats';

export interface EditorSpec {
  viewType: string;
  displayName: string;
  /** `option`: a text editor stays the default, because a default custom editor also takes over diffs and merges. */
  priority: 'default' | 'option';
  patterns: readonly string[];
}

export const editors = [
  { viewType: DATASET_EDITOR, displayName: 'Posttrain Dataset', priority: 'option', patterns: ['*.jsonl', '*.ndjson'] },
] as const satisfies readonly EditorSpec[];

/** Panels have no contribution point; VS Code needs their activation event to bring them back after a reload. */
export const panels = [RUN_PANEL] as const;

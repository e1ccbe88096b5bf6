/** Requests to a running trainer: one small file each in the run directory's control folder, removed by the trainer when done. */

export const controlRequests = ['stop', 'pause', 'resume', 'save', 'evaluate', 'sample'] as const;

/**
 * `stop`: checkpoint and end · `pause`: wait after this step, until `resume` · `save`: checkpoint and go on ·
 * `evaluate`, `sample`: do it after this step.
 */
export type ControlRequest = (typeof controlRequests)[number];

export function isControlRequest(name: string): name is ControlRequest {
  return (controlRequests as readonly string[]).includes(name);
}

/** What the set-up program (dist/setup.js) tells its starter, one JSON object a line, and what can be asked of it. */

export const setupTargets = ['tensorflow', 'webgpu', 'node'] as const;
export type SetupTarget = (typeof setupTargets)[number];

export interface SetupRequest {
  target: SetupTarget;
  /** `install` leaves what works as it is; `repair` builds it anew. */
  action: 'install' | 'repair' | 'remove';
  /** tensorflow: for the processor, though there is a card. What was set up so stays so. */
  cpu: boolean;
}

export type SetupEvent =
  /** What is done now. */
  | { type: 'step'; words: string }
  /** Of the downloads of this step, in bytes. */
  | { type: 'progress'; done: number; total: number }
  /** Worth reading afterwards too. */
  | { type: 'note'; words: string }
  | { type: 'done'; words: string; target: SetupTarget; folder: string; bytes: number; seconds: number }
  /** With the code `bug` the message is that of a program's mistake, with its stack. */
  | { type: 'failed'; message: string; code: string; cancelled: boolean };

export function parseSetupEvent(line: string): SetupEvent | undefined {
  let raw: Record<string, unknown> | null;
  try {
    raw = JSON.parse(line) as Record<string, unknown> | null;
  } catch {
    return undefined;
  }
  const shape = shapes[String(raw?.type)];
  return raw && shape && Object.entries(shape).every(([key, type]) => typeof raw[key] === type) ? (raw as unknown as SetupEvent) : undefined;
}

const shapes: Record<string, Record<string, string>> = {
  step: { words: 'string' },
  progress: { done: 'number', total: 'number' },
  note: { words: 'string' },
  done: { words: 'string', target: 'string', folder: 'string', bytes: 'number', seconds: 'number' },
  failed: { message: 'string', code: 'string', cancelled: 'boolean' },
};

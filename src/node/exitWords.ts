/** How a process that computed came to its end, in words: which signal or exit code, what that means, what to do. */

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Circumstances {
  /** What it computed with, where that is known. */
  backend?: string;
  /** The last lines that it printed. */
  lines: readonly string[];
  /** Whether the kernel's out-of-memory killer ended a process in that time; undefined where the system does not tell. */
  memoryKill?: boolean;
}

/** Windows has no signals: what they are there. */
const windowsCodes: Readonly<Record<number, NodeJS.Signals>> = { 0xc0000005: 'SIGSEGV', 0xc000001d: 'SIGILL', 0xc0000094: 'SIGFPE', 0xc0000409: 'SIGABRT', 134: 'SIGABRT' };
const names: Readonly<Record<string, string>> = { tensorflow: 'native TensorFlow', webgpu: 'native WebGPU' };
const lessMemory = 'Take a smaller per_device_train_batch_size or max_length, or close other programs.';

/** Two sentences at most: what happened, and what helps. */
export function exitWords({ code, signal }: Exit, { backend = '', lines, memoryKill }: Circumstances): string {
  const said = lines.findLast((line) => /Check failed|FATAL ERROR|terminate called|what\(\)|Illegal instruction/.test(line))?.trim();
  const how = signal ?? (code === null ? undefined : windowsCodes[code >>> 0]);
  if (/FATAL ERROR.*(heap|out of memory)/i.test(said ?? '')) return `it ran out of the memory that Node gives to JavaScript (${said}). Give it more with NODE_OPTIONS=--max-old-space-size=8192 (megabytes), or use fewer rows.`;
  if (lines.some((line) => /std::bad_alloc|OOM when allocating|cannot allocate memory|CUDA_ERROR_OUT_OF_MEMORY/i.test(line))) return `it could not get the memory that it needs${how ? ` (${how})` : ''}. ${lessMemory}`;
  switch (how) {
    case undefined:
      return `it ended with code ${code ?? '?'}.`;
    case 'SIGKILL':
      if (memoryKill) return `the system ended it because memory ran out (SIGKILL). ${lessMemory}`;
      return memoryKill === false ? 'somebody ended it (SIGKILL).' : `the system ended it, probably because memory ran out (SIGKILL). ${lessMemory}`;
    case 'SIGILL':
      return `${names[backend] ?? 'native code'} crashed (SIGILL): this processor lacks an instruction that it was made with. Take \`backend: wasm\`.`;
    case 'SIGSEGV':
    case 'SIGABRT':
    case 'SIGBUS':
    case 'SIGFPE':
      return `${names[backend] ?? 'native code'} crashed (${how})${said ? `: ${said}` : ''}. ${names[backend] ? 'If it happens again, repair its set-up or take `backend: wasm`.' : ''}`.trim();
    default:
      return `it was ended from outside (${how}).`;
  }
}

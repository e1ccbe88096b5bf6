/** How a process that computed came to its end, in words: which signal or exit code, what that means, what to do. */

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Circumstances {
  /** Whose end it was: "the trainer". */
  who: string;
  /** The last lines that it printed. */
  lines: readonly string[];
  /** What it computed with, where that is known. */
  backend?: string;
  /** Whether the kernel ended a process for its memory in that time; undefined where the system does not tell. */
  memoryKill?: boolean;
  /** What takes less memory; a training's by default. */
  lessMemory?: string;
  /** How to do without a native library; by the run's `backend` by default. */
  withoutLibrary?: string;
}

/** Windows has no signals: what they are there. */
const windowsCodes: Readonly<Record<number, NodeJS.Signals>> = { 0xc0000005: 'SIGSEGV', 0xc000001d: 'SIGILL', 0xc0000094: 'SIGFPE', 0xc0000409: 'SIGABRT', 134: 'SIGABRT' };
const libraries: Readonly<Record<string, string>> = { tensorflow: 'native TensorFlow', webgpu: 'native WebGPU' };

/** What happened and what helps, in lower case. `certain`: it says why, so that nothing more need be looked for. */
export function exitWords({ code, signal }: Exit, { who, lines, backend = '', memoryKill, lessMemory = 'Take a smaller per_device_train_batch_size or max_length, or close other programs.', withoutLibrary = 'take `backend: wasm`' }: Circumstances): { text: string; certain: boolean } {
  const why = (text: string) => ({ text, certain: true });
  const said = lines.findLast((line) => /Check failed|FATAL ERROR|terminate called|what\(\)/.test(line))?.trim();
  const how = signal ?? (code === null ? undefined : windowsCodes[code >>> 0]);
  const library = libraries[backend];
  if (how !== undefined && /FATAL ERROR.*(heap|out of memory)/i.test(said ?? '')) return why(`${who} ran out of the memory that Node gives to JavaScript (${said}). Give it more with NODE_OPTIONS=--max-old-space-size=8192 (megabytes), or take fewer rows.`);
  if (how !== undefined && lines.some((line) => /std::bad_alloc|OOM when allocating|cannot allocate memory|CUDA_ERROR_OUT_OF_MEMORY/i.test(line))) return why(`${who} could not get the memory that it needs (${how}). ${lessMemory}`);
  switch (how) {
    case undefined:
      return { text: `${who} ended with code ${code ?? '?'}.`, certain: false };
    case 'SIGKILL':
      if (memoryKill === false) return why(`${who} was ended from outside (SIGKILL), by a person or another program.`);
      return why(`${who} was ended by the system: ${memoryKill ? '' : 'probably '}out of memory (SIGKILL). ${lessMemory}`);
    case 'SIGILL':
      return why(`${library ?? 'native code'} crashed (SIGILL): this processor lacks an instruction that it was made with. Instead, ${withoutLibrary}.`);
    case 'SIGSEGV':
    case 'SIGABRT':
    case 'SIGBUS':
    case 'SIGFPE':
      return why(`${library ?? 'native code'} crashed (${how})${said ? `: ${said}` : ''}.${library ? ` If it happens again, repair its set-up or ${withoutLibrary}.` : ''}`);
    default:
      return why(`${who} was ended from outside (${how}).`);
  }
}

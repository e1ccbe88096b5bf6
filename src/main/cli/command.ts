/** What a command of `posttrain` is: its options, its help, how it runs. One file per command; the dispatcher knows them by this. */

export interface CliOption {
  /** Written `--name`; underscores and dashes are the same. */
  name: string;
  type: 'string' | 'integer' | 'number' | 'boolean';
  /** What stands for the value in the help: `N`, `DIR`. */
  value?: string;
  /** It may be given several times; its values are in `lists`. */
  repeats?: true;
  description: string;
}

export interface CliArguments {
  positionals: string[];
  options: Record<string, string | number | boolean | undefined>;
  /** Options that may be given several times, those that were. */
  lists: Record<string, string[]>;
  /** With `methodParams`: the method's own parameters given as `--max_length 512`, of the right type. */
  params: Record<string, unknown>;
}

/** Everything a command may touch besides files: where it prints, where it stands, when to end. */
export interface CliContext {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** To stdout, as it is. */
  print(text: string): void;
  /** One JSON object as one line on stdout. */
  printJson(value: unknown): void;
  /** A line on stderr: progress, notes. */
  note(line: string): void;
  /** Waits until stdout took what was printed; for commands that print a lot. */
  drain(): Promise<void>;
  /** `live`: a terminal in which a line can be drawn again. */
  stdout: { isTTY: boolean; live: boolean; columns: number };
  color: boolean;
  debug: boolean;
  /** Aborted by Ctrl+C, SIGTERM and SIGHUP. Without `onForcedEnd` the process ends at once (130). */
  signal: AbortSignal;
  /** Gives the command time to end by itself after the first Ctrl+C; called at the second one, before the process ends. Returns what takes it back. */
  onForcedEnd(end: () => void): () => void;
  /** Without a listener a closed output (`| head`) ends the process. */
  onOutputClosed(listener: () => void): void;
  /** The folder of the bundles: trainer.js, tokenWorker.js. */
  distDir: string;
}

export interface CliCommand {
  name: string;
  /** One line in the list of commands. */
  summary: string;
  /** `posttrain <usage>` */
  usage: string;
  /** After the options in --help: what else is worth knowing, examples. */
  details?: string;
  options: readonly CliOption[];
  /** At least and at most this many positional arguments. */
  positionals: { min: number; max: number };
  /** `--method ID` is an option, and the parameters of that method are options as well. */
  methodParams?: boolean;
  /** `key=value` words are overrides of a spec. */
  overrides?: boolean;
  /** The exit code. Throws UserError (printed as one line, exit 1) or UsageError (exit 2). */
  run(args: CliArguments, context: CliContext): Promise<number>;
}

/** Bad usage: exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** What is set up and how: a recipe says which files it needs and makes a folder of them; `install` does the rest for all of them. */

import type { SetupEvent, SetupTarget } from '../../protocol/setup.ts';
import type { NodeProgram } from '../nodeProgram.ts';
import type { Artifact } from './artifact.ts';
import type { Pins } from './pins.ts';

export interface SetupContext {
  /** Posttrain's own folder. */
  home: string;
  env: NodeJS.ProcessEnv;
  /** Where the person's configuration of npm and pip lies. */
  userFolder: string;
  /** `linux-x64` */
  platform: string;
  pins: Pins;
  /** What the trainer runs on. */
  node: NodeProgram;
  trainerPath: string;
  signal: AbortSignal;
  report(event: SetupEvent): void;
  /** Free space of the disk that holds a folder. */
  freeBytes(folder: string): Promise<number>;
}

export interface Recipe {
  target: SetupTarget;
  /** "TensorFlow 2.21.0 for the processor" */
  words: string;
  artifacts: readonly Artifact[];
  /** What the folder takes while it is built, about. */
  unpackedBytes: number;
  /** tensorflow: the processor was asked for, though there may be a card. */
  cpu?: boolean;
  /** Throws where something is missing here that building needs: asked before anything is downloaded. */
  prepare?(): Promise<void>;
  /** Makes `folder` of the files, which come in the order of `artifacts`. */
  build(folder: string, files: readonly string[]): Promise<void>;
  /** Tries what lies in `home`; throws a UserError when it does not work. Returns what it is in words. */
  smokeTest(home: string): Promise<string>;
}

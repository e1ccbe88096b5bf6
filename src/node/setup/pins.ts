/** What `posttrain setup` downloads: versions, sizes and checksums, by platform and architecture where they differ. `npm run pins` fills sizes and checksums in. */

import type { Artifact, NpmArtifact } from './artifact.ts';
import pinned from './pins.json';

export interface Pins {
  /** The JavaScript of the tensorflow backend, with the sources of its binding. */
  tensorflowJs: NpmArtifact;
  /** node_api.h, which that is compiled with. */
  nodeApiHeaders: NpmArtifact;
  /** TensorFlow's C library for the processor, by `platform-architecture`. Any CPython's wheel would do: nothing of Python is used. */
  tensorflowCpu: Record<string, Artifact[]>;
  /** The same for CUDA 12, with the CUDA libraries. */
  tensorflowGpu: Record<string, Artifact[]>;
  /** Dawn, and tfjs' kernels on it. */
  webgpu: Artifact[];
  /** A Node for machines without one. */
  node: Record<string, NpmArtifact>;
}

export const pins = pinned as unknown as Pins;

export const thisPlatform = `${process.platform}-${process.arch}`;

/** The part of WebGPU and of tfjs' WebGPUBackend that is used here: the packages' own types come only with their set-up. */

import type { KernelBackend } from '@tensorflow/tfjs-core';

export interface GpuBuffer {
  readonly size: number;
  destroy(): void;
}

export interface GpuDevice {
  readonly limits: Readonly<Record<string, number>>;
  readonly lost: Promise<{ reason: string; message: string }>;
  readonly queue: { writeBuffer(buffer: GpuBuffer, offset: number, data: ArrayBuffer): void };
  addEventListener(type: 'uncapturederror', listener: (event: { error: { message: string; constructor: { name: string } } }) => void): void;
  createBuffer(descriptor: { size: number; usage: number; mappedAtCreation?: boolean }): GpuBuffer;
  createShaderModule(descriptor: { code: string }): object;
  createComputePipeline(descriptor: { layout: 'auto'; compute: { module: object; entryPoint: string } }): ComputePipeline;
  createBindGroup(descriptor: { layout: object; entries: { binding: number; resource: BufferBinding }[] }): object;
  destroy(): void;
}

export interface ComputePipeline {
  getBindGroupLayout(index: number): object;
}

export interface ComputePass {
  setPipeline(pipeline: ComputePipeline): void;
  setBindGroup(index: number, group: object): void;
  dispatchWorkgroups(x: number, y: number): void;
}

export interface BufferBinding {
  buffer: GpuBuffer;
  offset?: number;
  size?: number;
}

export interface AdapterInfo {
  vendor: string;
  architecture: string;
  device: string;
  description: string;
  /** Computes on the processor. */
  isFallbackAdapter?: boolean;
}

export interface GpuAdapter {
  readonly info: AdapterInfo;
  readonly features: ReadonlySet<string>;
  readonly limits: Readonly<Record<string, number>>;
  requestDevice(descriptor: { requiredFeatures: string[]; requiredLimits: Record<string, number> }): Promise<GpuDevice>;
}

export interface Gpu {
  requestAdapter(options: { powerPreference: 'high-performance' }): Promise<GpuAdapter | null>;
}

/** Buffers by size and use; those of tensors that are gone wait in `freeBuffers` for the next one of the same kind. */
export interface BufferManager {
  freeBuffers: Map<string, GpuBuffer[]>;
  numFreeBuffers: number;
  numBytesUsed: number;
  numBytesAllocated: number;
  acquireBuffer(size: number, usage: number, mappedAtCreation?: boolean, reuse?: boolean): GpuBuffer;
  releaseBuffer(buffer: GpuBuffer): void;
}

export interface TensorData {
  values: unknown;
  resource: GpuBuffer | null;
}

export interface WebgpuBackend extends KernelBackend {
  readonly device: GpuDevice;
  readonly bufferManager: BufferManager;
  readonly tensorMap: { get(dataId: object): TensorData };
  /** Tensors that commands use which were not submitted yet: they are not given back before. */
  readonly commandQueueOwnedIds: WeakSet<object>;
  commandEncoder: { beginComputePass(): ComputePass } | null;
  computePassEncoder: ComputePass | null;
  dispatchCountInPass: number;
  uploadToGPU(dataId: object): void;
  makeUniforms(values: { type: string; data: number[] }[]): BufferBinding;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

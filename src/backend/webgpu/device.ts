/** Brings Dawn to life: a real GPU before anything else, and all the memory of it that one buffer may have. */

import { pathToFileURL } from 'node:url';
import { UnusableBackend } from '../backend.ts';
import { halfWrittenProblem, loadProblem } from '../loadProblem.ts';
import { isWhole } from '../wholeLibrary.ts';
import type { WebgpuFiles } from './locate.ts';
import type { AdapterInfo, Gpu, GpuDevice } from './types.ts';

export interface OpenedDevice {
  device: GpuDevice;
  info: AdapterInfo;
  /** Ends Dawn: until then it keeps the process alive. */
  close(): void;
}

/** tfjs asks for these at the adapter's best; without asking one gets what every browser guarantees. */
const limits = [
  'maxBufferSize', 'maxStorageBufferBindingSize', 'maxStorageBuffersPerShaderStage', 'maxComputeWorkgroupStorageSize', 'maxComputeWorkgroupsPerDimension',
  'maxComputeWorkgroupSizeX', 'maxComputeInvocationsPerWorkgroup',
];

/** `software` says whether an adapter that computes on the processor will do. */
export async function openDevice(files: WebgpuFiles, software: boolean): Promise<OpenedDevice> {
  const { create, globals } = await loadDawn(files);
  // tfjs' package finds WebGPU as in a browser.
  Object.assign(globalThis, globals);
  const close = provideNavigator(create([]));
  try {
    const { gpu } = (globalThis as unknown as { navigator: { gpu: Gpu } }).navigator;
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (!adapter) throw new UnusableBackend('webgpu', { reason: 'there is no GPU that it can reach', next: driverHint(), setUp: false });
    const { info } = adapter;
    if (info.isFallbackAdapter && !software) {
      throw new UnusableBackend('webgpu', { reason: `there is no GPU that it can reach, only ${deviceName(info)}, which computes on the processor, slower than the wasm backend`, next: driverHint(), setUp: false });
    }
    const device = await adapter.requestDevice({
      requiredFeatures: adapter.features.has('timestamp-query') ? ['timestamp-query'] : [],
      requiredLimits: Object.fromEntries(limits.map((name) => [name, adapter.limits[name]!])),
    });
    return {
      device,
      info,
      close() {
        device.destroy();
        close();
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}

async function loadDawn({ dawn, library }: WebgpuFiles): Promise<{ create(options: string[]): Gpu; globals: object }> {
  if (!isWhole(library)) throw new UnusableBackend('webgpu', halfWrittenProblem('webgpu', library));
  try {
    return (await import(pathToFileURL(dawn).href)) as never;
  } catch (error) {
    throw new UnusableBackend('webgpu', loadProblem('webgpu', library, error));
  }
}

export function deviceName({ vendor, architecture, device, description }: AdapterInfo): string {
  return description || device || `${vendor} ${architecture}`.trim() || 'a GPU without a name';
}

function driverHint(): string {
  return process.platform === 'linux' ? 'Install the driver of the card and the Vulkan loader (on Debian and Ubuntu: libvulkan1), then try again.' : 'Install the current driver of the card, then try again.';
}

/** `navigator.gpu`, as in a browser. Returns what takes it away again. */
function provideNavigator(gpu: Gpu): () => void {
  const global = globalThis as { navigator?: object };
  const own = global.navigator === undefined;
  if (own) Object.defineProperty(global, 'navigator', { value: {}, configurable: true });
  Object.defineProperty(global.navigator, 'gpu', { value: gpu, configurable: true });
  return () => {
    Reflect.deleteProperty(global.navigator!, 'gpu');
    if (own) Reflect.deleteProperty(global, 'navigator');
  };
}

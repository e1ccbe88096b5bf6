/** What the devices page says about backends, in words. Pure: the caller translates. */

import { automatic, type Device, type DevicesState } from '../../src/protocol/devicesView.ts';
import { formatBytes, formatMeasured } from '../../src/run/format.ts';

type Translate = (text: string, ...args: (string | number)[]) => string;

export interface BackendText {
  name: string;
  /** What it is for, in a sentence. */
  about: string;
}

/** A backend that this page does not know has its id as its name. */
export function backendText(id: string, t: Translate): BackendText {
  switch (id) {
    case 'tensorflow':
      return { name: t('TensorFlow'), about: t('The native library: as fast as PyTorch on a processor, and on an NVIDIA card. It is set up once.') };
    case 'webgpu':
      return { name: t('WebGPU'), about: t('A graphics card of any vendor, Macs included. It is set up once.') };
    case 'wasm':
      return { name: t('WebAssembly'), about: t('Works everywhere, with nothing to set up.') };
    case 'cpu':
      return { name: t('Plain JavaScript'), about: t('The slow reference that the others are compared with. "auto" never takes it.') };
    default:
      return { name: id, about: '' };
  }
}

/** "TensorFlow 2.21.0, CPU, 2 threads · 25 GB of memory" */
export function deviceFacts({ device, memoryBytes }: Device, t: Translate): string {
  return [device, memoryBytes === null ? '' : t('{0} of memory', formatBytes(memoryBytes))].filter(Boolean).join(' · ');
}

export function speedText({ probe }: Device, t: Translate): string {
  return probe ? t('{0} GFLOP/s', formatMeasured(probe.matmulGflops)) : '';
}

/** How long the bar of its speed is, in percent of the fastest's: the square root, so that a slow one is still seen beside a fast one. */
export function speedShare({ probe }: Device, all: readonly Device[]): number {
  const fastest = Math.max(...all.map((device) => device.probe?.matmulGflops ?? 0));
  return probe && fastest > 0 ? Math.sqrt(probe.matmulGflops / fastest) * 100 : 0;
}

/** What `backend: auto` would take now, and what is still to be found out. */
export function summaryText({ devices, backends, looking, error }: DevicesState, t: Translate): string {
  if (looking) return t('Looked at {0} of {1}…', devices.length, backends.length);
  if (error) return error;
  const taken = automatic(devices);
  return taken ? t('"backend: auto" takes {0}, the fastest that works here.', backendText(taken.backend, t).name) : t('Nothing can compute here. What to do stands beside each.');
}

/** The parts of a text between backticks are code. */
export function codeParts(text: string): { text: string; code: boolean }[] {
  return text.split('`').map((part, i) => ({ text: part, code: i % 2 === 1 })).filter((part) => part.text !== '');
}

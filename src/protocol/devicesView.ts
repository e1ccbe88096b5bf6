/** What a look at the backends finds, and what the devices page and the extension tell each other about it. */

import { yieldsTo } from '../core/yieldsTo.ts';

export interface Device {
  backend: string;
  usable: boolean;
  /** Why not, and what to do; empty when it is. */
  reason: string;
  /** Its set-up would help. */
  setUp: boolean;
  device: string;
  /** It computes on a graphics card. */
  gpu: boolean;
  threads: number | null;
  versions: Record<string, string>;
  memoryBytes: number | null;
  probe: { matmulGflops: number } | null;
  /** Its place in the order of `backend: auto`; null: never taken. */
  rank: number | null;
}

/** What `backend: auto` takes. */
export function automatic(devices: readonly Device[]): Device | undefined {
  const [first, next] = devices.filter(({ usable, rank }) => usable && rank !== null).sort((a, b) => a.rank! - b.rank!);
  const measured = ({ backend, probe }: Device) => ({ backend, gflops: probe?.matmulGflops });
  return first && next && yieldsTo(measured(first), measured(next)) ? next : first;
}

export interface DevicesState {
  /** What runs the trainer, in words; empty while it is looked for. */
  node: string;
  /** All that are looked at, in order. */
  backends: readonly string[];
  /** Those that were found out about. */
  devices: readonly Device[];
  looking: boolean;
  /** Why the look ended early; empty when it did not. */
  error: string;
}

/** The extension's side. */
export type DevicesViewHost = {
  requests: {
    /** First, and again whenever the page became visible. */
    'devices/open': { params: null; result: { state: DevicesState; translations: Record<string, string | { message: string; comment: string[] }> | undefined; locale: string } };
    'devices/lookAgain': { params: null; result: null };
    'devices/setUp': { params: { backend: string }; result: null };
    /** Of all that was found, for a bug report. */
    'devices/copy': { params: null; result: null };
  };
  events: {
    'devices/changed': DevicesState;
  };
};

/** The page's side. */
export type DevicesViewPage = {
  requests: Record<never, never>;
  events: Record<never, never>;
};

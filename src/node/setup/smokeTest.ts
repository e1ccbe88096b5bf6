/** Tries a backend in a process of its own, with the trainer program: it opens it, runs the self-test with its gradients, and multiplies matrices. */

import { UserError } from '../../core/problem.ts';
import { formatMeasured } from '../../run/format.ts';
import type { Device } from '../../protocol/devicesView.ts';
import { findDevices } from '../devices.ts';
import type { SetupContext } from './recipe.ts';

/** `unsuitable`: why a device that works is not what was set up for; empty when it is. Returns the device in words. */
export async function smokeTest({ node, trainerPath, signal }: SetupContext, home: string, backend: string, unsuitable: (device: Device) => string = () => ''): Promise<string> {
  const inHome = { ...node, env: { ...node.env, POSTTRAIN_HOME: home } };
  for await (const device of findDevices({ node: inHome, trainerPath, backends: [backend], limitMs: 180_000, signal })) {
    const problem = device.usable ? unsuitable(device) : device.reason;
    if (problem) throw new UserError(`The ${backend} backend does not work here: ${problem}`, device.usable ? 'driver' : 'smoke-test');
    return device.probe ? `${device.device}, ${formatMeasured(device.probe.matmulGflops)} GFLOP/s` : device.device;
  }
  throw new Error('nothing was looked at');
}

/** Which programs a run was made with, for run.json and the `started` event. */

import { version as tfjsVersion } from '@tensorflow/tfjs-core/package.json';
import { version } from '../../../package.json';

export function programVersions(): Record<string, string> {
  return { posttrain: version, node: process.versions.node, tfjs: tfjsVersion };
}

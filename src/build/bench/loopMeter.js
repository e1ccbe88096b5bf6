/** A VS Code extension of its own beside the one that is measured: how late the event loop of their extension host is, between the files `begin-N` and `end-N` in a folder. */

const { renameSync, watch, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { monitorEventLoopDelay } = require('node:perf_hooks');

const RESOLUTION_MS = 1;

exports.activate = () => {
  const folder = process.env.POSTTRAIN_LOOP_METER;
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  const late = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
  delay.enable();
  watch(folder, (_, name) => {
    if (name?.startsWith('begin-')) delay.reset();
    else if (name?.startsWith('end-')) {
      const to = join(folder, name.replace('end-', 'late-'));
      writeFileSync(`${to}.part`, JSON.stringify({ p95Ms: late(delay.percentile(95)), worstMs: late(delay.max) }));
      renameSync(`${to}.part`, to);
    }
  });
};

/** What most UI tests begin with: a VS Code with the packaged extension and a copy of the sample project. */

import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { launch, type LaunchOptions, type VSCode } from '../host/driver.ts';

export interface SampleWindow {
  code: VSCode;
  /** The copy; a test may write to it. */
  folder: string;
  /** Ends VS Code and removes the copy. */
  close(): Promise<void>;
}

export async function openSampleWindow(options: LaunchOptions = {}): Promise<SampleWindow> {
  const vsix = process.env.POSTTRAIN_VSIX;
  if (!vsix) throw new Error('POSTTRAIN_VSIX names the packaged extension; run this through: npm test -- --suite ui');
  const scratch = mkdtempSync(join(os.tmpdir(), 'posttrain-ui-'));
  const folder = join(scratch, 'capitals');
  cpSync('media/sample', folder, { recursive: true });
  const code = await launch({ vsix: [vsix], workspace: folder, ...options });
  return {
    code,
    folder,
    async close() {
      await code.close();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

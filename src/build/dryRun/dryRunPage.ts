/** `npm run dry-run:page`: writes media/docs/dry-run.md. The parity suite compares it with what it would be. */

import { writeFileSync } from 'node:fs';
import { compareAll, recordedFiles } from './compare.ts';
import { knownDifferences } from './known.ts';
import { dryRunPage } from './page.ts';

writeFileSync('media/docs/dry-run.md', dryRunPage(await compareAll(recordedFiles()), knownDifferences));

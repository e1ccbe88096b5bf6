/** What the rows of open datasets say when they are held against each other: looked for once typing rests. */

import type { Format } from '../../dataset/format.ts';
import type { RowDocument } from '../../language/rowDocument.ts';
import { createAcrossPass, type AcrossPass } from '../../node/acrossPass.ts';
import type { RowThread } from '../../node/rowThread.ts';

export interface AcrossSupport {
  /** The document as it is now is to be looked at, if it was not yet. */
  want(document: RowDocument, format: Format | undefined): void;
  /** How often something was found out about a document: another number, other problems. */
  found(uri: string): number;
  forget(uri: string): void;
  dispose(): void;
}

interface Looked {
  document: RowDocument;
  format: Format | undefined;
  /** Version and format that were asked for last. */
  key: string;
  pass: AcrossPass;
  found: number;
}

export function acrossSupport({ startThread, onFound, onError }: { startThread(): RowThread; onFound(): void; onError(error: unknown): void }): AcrossSupport {
  const all = new Map<string, Looked>();

  const lookAt = (document: RowDocument): Looked => {
    const looked: Looked = {
      document,
      format: undefined,
      key: '',
      found: 0,
      pass: createAcrossPass({
        startThread,
        onError,
        open() {
          const { version } = document;
          const again = (lines: readonly number[]) => Promise.resolve(lines.map((line) => document.lineAt(line)));
          return Promise.resolve({ chunks: inTurns(document.bytes()), format: looked.format?.id, again, isStale: () => document.version !== version });
        },
        onFound(found) {
          document.setAcross(found);
          looked.found++;
          onFound();
        },
      }),
    };
    all.set(document.uri, looked);
    return looked;
  };

  const forget = (uri: string) => {
    all.get(uri)?.pass.dispose();
    all.delete(uri);
  };

  return {
    want(document, format) {
      const known = all.get(document.uri);
      const looked = known?.document === document ? known : lookAt(document);
      const key = `${document.version} ${format?.id}`;
      if (looked.key === key) return;
      [looked.key, looked.format] = [key, format];
      looked.pass.restart();
    },
    found: (uri) => all.get(uri)?.found ?? 0,
    forget,
    dispose() {
      for (const uri of [...all.keys()]) forget(uri);
    },
  };
}

/** What is sent piece by piece leaves time between the pieces for everything else. */
async function* inTurns(pieces: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    yield piece;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

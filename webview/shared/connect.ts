/** The line from a view to the extension: VS Code's message channel as a typed peer, and the texts in the user's language. */

import * as l10n from '@vscode/l10n';
import { connectPeer, type Contract, type Handlers, type Listeners, type Peer, type Port } from '../../src/protocol/rpc.ts';

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

/** VS Code hands this out once per page; whoever needs it takes it from here. */
export const vscodeApi: VsCodeApi = acquireVsCodeApi();

export const hostPort: Port = {
  post: (message) => vscodeApi.postMessage(message),
  listen(onMessage) {
    const listener = (event: MessageEvent) => onMessage(event.data);
    window.addEventListener('message', listener);
    return () => window.removeEventListener('message', listener);
  },
};

/** Connects this view. `Mine` is what the view answers and tells, `Theirs` what the extension does. */
export function connectHost<Mine extends Contract, Theirs extends Contract>(handlers: Handlers<Mine>, listeners: Listeners<Theirs>): Peer<Mine, Theirs> {
  return connectPeer<Mine, Theirs>(hostPort, handlers, listeners);
}

/** The translations that VS Code holds for the extension (`vscode.l10n.bundle`); without them texts stay English. Call before the first text. */
export function useTranslations(bundle: Record<string, string | { message: string; comment: string[] }> | undefined): void {
  if (bundle) l10n.config({ contents: bundle });
}

/** A text for people, in their language, with `{0}`, `{1}` … filled in. The English text is the key. */
export function t(message: string, ...args: (string | number)[]): string {
  return l10n.t(message, ...args);
}

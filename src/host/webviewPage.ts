/** The page that a webview starts from: a strict content policy, one script, its styles as files. And the port to talk to it. */

import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { Port } from '../protocol/rpc.ts';
import type { HostContext } from './context.ts';

/** One folder of webview/ each; its bundle is dist/webview/<name>.js and .css. */
export type ViewName = 'dataset' | 'run' | 'devices' | 'stats';

/** Lets a webview load the extension's own scripts, styles and media, and nothing else. Call before its html is set. */
export function webviewOptions(context: HostContext): vscode.WebviewOptions {
  return { enableScripts: true, localResourceRoots: [context.asset('dist', 'webview'), context.asset('media')] };
}

export function webviewHtml(context: HostContext, webview: vscode.Webview, view: ViewName, title: string): string {
  const nonce = randomBytes(18).toString('base64');
  // The control library tries one empty style sheet to learn about :focus-visible, with the nonce of this meta element.
  const styleNonce = randomBytes(18).toString('base64');
  const uri = (file: string) => webview.asWebviewUri(context.asset('dist', 'webview', file)).toString();
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${webview.cspSource} 'nonce-${styleNonce}'; font-src ${webview.cspSource}; img-src ${webview.cspSource} data:`;
  return `<!DOCTYPE html>
<html lang="${vscode.env.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta property="csp-nonce" content="${styleNonce}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="${uri(`${view}.css`)}">
</head>
<body>
<script nonce="${nonce}" src="${uri(`${view}.js`)}"></script>
</body>
</html>`;
}

/** Typed messages to and from a webview go through this. Dispose the listener with the webview. */
export function webviewPort(webview: vscode.Webview): Port {
  return {
    post: (message) => void webview.postMessage(message),
    listen(onMessage) {
      const listening = webview.onDidReceiveMessage(onMessage);
      return () => listening.dispose();
    },
  };
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

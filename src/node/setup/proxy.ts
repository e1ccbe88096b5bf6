/** Which proxy an address is reached through, by the variables that curl, npm and pip read too; npm's own come last. */

import { UserError } from '../../core/problem.ts';

export function proxyFor(url: URL, env: NodeJS.ProcessEnv): { url: URL; variable: string } | undefined {
  const names = url.protocol === 'https:' ? ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy', 'npm_config_https_proxy', 'npm_config_proxy'] : ['http_proxy', 'HTTP_PROXY', 'ALL_PROXY', 'all_proxy', 'npm_config_proxy'];
  const variable = names.find((name) => env[name] && !(name.startsWith('npm_') && npmsNothing.test(env[name])));
  if (!variable || isExempt(url, env.NO_PROXY || env.no_proxy || env.npm_config_noproxy || '')) return undefined;
  const value = env[variable]!;
  const text = value.includes('://') ? value : `http://${value}`;
  const proxy = URL.canParse(text) ? new URL(text) : undefined;
  if (!proxy || !/^https?:$/.test(proxy.protocol)) throw new UserError(`${variable} is "${value.replace(/\/\/.*@/, '//')}": only a proxy that speaks HTTP can be used, written http://host:port.`, 'proxy');
  return { url: proxy, variable };
}

/** What `npm config set proxy null` leaves in its file. */
const npmsNothing = /^(null|false|undefined)$/;

/** `*`, a host, `.domain` or `domain` with all below it, each with or without a port. */
function isExempt(url: URL, list: string): boolean {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return list.split(/[\s,]+/).filter(Boolean).some((entry) => {
    if (entry === '*') return true;
    const [, host, only] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(entry.toLowerCase())!;
    return (!only || only === port) && (url.hostname === host || url.hostname.endsWith(`.${host}`));
  });
}

/** As it may be shown. */
export function withoutPassword(url: URL): string {
  return `${url.protocol}//${url.username ? '…@' : ''}${url.host}`;
}

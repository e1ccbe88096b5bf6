/** Where npm packages and Python wheels come from: the registries of the person's npm and pip configuration, else the public ones. */

import { promises as fs } from 'node:fs';
import { dirname, join } from 'node:path';
import { UserError } from '../../core/problem.ts';

export interface Registries {
  /** Ends with a slash. `@scope` packages may have a registry of their own. */
  npm(packageName: string): URL;
  /** The simple index; ends with a slash. */
  pypi: URL;
  /** For an address below one of them; nothing for any other host, nor over http where the configuration says https. */
  authorization(url: URL): string | undefined;
  /** Certificates of `cafile`, PEM. */
  extraCertificates?: string;
  /** npm's proxy settings, as the variables that stand for them. */
  proxy: Record<string, string>;
}

/** The current folder's .npmrc is not read: its files may be anybody's, and what comes from a registry is run. */
export async function readRegistries(env: NodeJS.ProcessEnv, userFolder: string): Promise<Registries> {
  const npmrc = await firstValues([
    env.npm_config_userconfig ?? env.NPM_CONFIG_USERCONFIG ?? join(userFolder, '.npmrc'),
    env.npm_config_globalconfig ?? env.NPM_CONFIG_GLOBALCONFIG ?? join(dirname(dirname(process.execPath)), 'etc', 'npmrc'),
  ], env);
  for (const [name, value] of Object.entries(env)) if (value && /^npm_config_/i.test(name)) npmrc.set(name.slice('npm_config_'.length).toLowerCase().replaceAll('_', '-'), value);
  const pip = await firstValues(pipFiles(env, userFolder), env);
  const npm = address(npmrc.get('registry') ?? 'https://registry.npmjs.org/', 'the registry of your npm configuration');
  const pypi = address(env.PIP_INDEX_URL || (pip.get('index-url') ?? 'https://pypi.org/simple/'), 'index-url of your pip configuration');
  const scopes = new Map([...npmrc].flatMap(([key, value]) => {
    const scope = /^(@.+):registry$/.exec(key)?.[1];
    return scope ? [[scope, address(value, `the registry of ${scope} in your npm configuration`)] as const] : [];
  }));
  return {
    npm: (packageName) => (scopes.get(packageName.split('/')[0]!) ?? npm).url,
    pypi: pypi.url,
    authorization(url) {
      const bases = [npm, pypi, ...scopes.values()].filter(({ url: base }) => base.host === url.host);
      if (url.protocol === 'http:' && !bases.some(({ url: base }) => base.protocol === 'http:')) return undefined;
      return bases.find(({ login }) => login)?.login ?? npmLogin(url, npmrc);
    },
    extraCertificates: await certificates(npmrc.get('cafile'), env),
    proxy: Object.fromEntries(['https-proxy', 'proxy', 'noproxy'].flatMap((key) => (npmrc.has(key) ? [[`npm_config_${key.replace('-', '_')}`, npmrc.get(key)!]] : []))),
  };
}

/** Node leaves its own extra ones out where others are given. */
async function certificates(cafile: string | undefined, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (!cafile) return undefined;
  const texts = await Promise.all([cafile, env.NODE_EXTRA_CA_CERTS].filter((path) => path !== undefined && path !== '').map((path) => fs.readFile(path!, 'utf8').catch(() => '')));
  return texts.join('\n').trim() || undefined;
}

/** npm's keys begin with the address without its scheme: `//host/path/:_authToken`. */
function npmLogin(url: URL, npmrc: ReadonlyMap<string, string>): string | undefined {
  for (let path = `//${url.host}${url.pathname}`; path.length > 2; path = path.slice(0, path.replace(/\/$/, '').lastIndexOf('/') + 1)) {
    const token = npmrc.get(`${path}:_authToken`) ?? npmrc.get(`${path.replace(/\/$/, '')}:_authToken`);
    if (token) return `Bearer ${token}`;
    const basic = npmrc.get(`${path}:_auth`);
    if (basic) return `Basic ${basic}`;
  }
  return undefined;
}

function pipFiles(env: NodeJS.ProcessEnv, userFolder: string): string[] {
  if (process.platform === 'win32') return [env.PIP_CONFIG_FILE, join(userFolder, 'pip', 'pip.ini'), env.APPDATA && join(env.APPDATA, 'pip', 'pip.ini')].filter((path) => path !== undefined);
  return [env.PIP_CONFIG_FILE, join(userFolder, '.config/pip/pip.conf'), join(userFolder, '.pip/pip.conf'), join(userFolder, 'Library/Application Support/pip/pip.conf'), '/etc/pip.conf', '/etc/xdg/pip/pip.conf'].filter((path) => path !== undefined);
}

/** `key = value` lines of all files; the first file that has a key wins. `\${NAME}` stands for a variable. */
async function firstValues(files: readonly string[], env: NodeJS.ProcessEnv): Promise<Map<string, string>> {
  const values = new Map<string, string>();
  for (const file of files) {
    const own = new Map<string, string>();
    for (const line of (await fs.readFile(file, 'utf8').catch(() => '')).split(/\r?\n/)) {
      const [, key, value] = /^\s*([^#;[\s=][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
      if (key && value) own.set(key, value.replace(/^(["'])(.*)\1$/, '$2').replace(/\$\{(\w+)\}/g, (all, name: string) => env[name] ?? all));
    }
    for (const [key, value] of own) if (!values.has(key)) values.set(key, value);
  }
  return values;
}

/** A name and password in the address become a header. */
function address(text: string, what: string): { url: URL; login: string | undefined } {
  const whole = text.endsWith('/') ? text : `${text}/`;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) throw new UserError(`${what} is "${text.replace(/\/\/[^/]*@/, '//…@')}", which is no address. Correct it, or remove it to use the public one.`, 'registry');
  const login = url.username ? `Basic ${Buffer.from(`${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`).toString('base64')}` : undefined;
  url.username = url.password = '';
  return { url, login };
}

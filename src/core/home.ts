/** Posttrain's own folder on this machine, where set-up backends lie. */

import { UserError } from './problem.ts';

/** POSTTRAIN_HOME, else `.posttrain` in the person's folder. Throws where that would depend on the current folder, whose files may be anybody's. */
export function posttrainHome(env: Readonly<Record<string, string | undefined>>, userFolder: string): string {
  const home = env.POSTTRAIN_HOME;
  if (!home) return `${userFolder}${userFolder.includes('\\') ? '\\' : '/'}.posttrain`;
  if (!/^(\/|\\\\|[A-Za-z]:[\\/])/.test(home)) throw new UserError(`POSTTRAIN_HOME is "${home}": give the whole path of the folder, so that it does not depend on where a command is run`, 'home');
  return home;
}

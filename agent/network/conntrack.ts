/** Makes the kernel forget UDP flows, through the program `conntrack` where it is installed. */
import { execFile } from 'node:child_process';
import { isIPv6 } from 'node:net';
import type { Log } from '../../hub/base/log.ts';
import { toolEnvironment } from './nft.ts';
import type { Flows } from './services/stale-flows.ts';

/** The words after `conntrack`. */
export function forgetWords(flows: Flows): string[] {
  const family = flows.ip !== undefined && isIPv6(flows.ip) ? ['-f', 'ipv6'] : [];
  const port = String(flows.port);
  const which =
    flows.kind === 'endpoint'
      ? ['--dst-nat', flows.ip, '--reply-port-src', port]
      : [...(flows.ip === undefined ? [] : ['--orig-dst', flows.ip]), '--orig-port-dst', port];
  return ['-D', ...family, '-p', 'udp', ...which];
}

/** Answers a function that forgets flows, one after the other; without the program they time out by themselves. */
export function createForget(log: Log): (flows: readonly Flows[]) => Promise<void> {
  let missing = false;
  const forget = (flows: Flows): Promise<void> =>
    new Promise((resolve) => {
      // it also fails when there was no such flow, which is well
      execFile('conntrack', forgetWords(flows), { env: toolEnvironment() }, (error) => {
        if ((error as NodeJS.ErrnoException | null)?.code === 'ENOENT' && !missing) {
          missing = true;
          log.warn(
            {},
            'the program conntrack is not installed (Debian: apt-get install conntrack): UDP clients stay longer with endpoints that are gone',
          );
        }
        resolve();
      });
    });
  return async (flows) => {
    for (const each of flows) if (!missing) await forget(each);
  };
}

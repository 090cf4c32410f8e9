/** The flows the kernel remembers, through the program `conntrack` where it is installed. */
import { execFile } from 'node:child_process';
import { isIPv6 } from 'node:net';
import type { Log } from '../../hub/base/log.ts';
import { toolEnvironment } from './nft.ts';
import type { Flows } from './services/stale-flows.ts';

/** UDP flows. Without the program nothing is listed or forgotten: flows end by themselves when nothing comes for a while. */
export interface FlowTable {
  /** A flow a line, as conntrack prints it; '' when it cannot tell. */
  list(): Promise<string>;
  /** Makes the kernel forget them, one after the other; what is forgotten meanwhile comes after. Never rejects. */
  forget(flows: readonly Flows[]): Promise<void>;
}

/** A node with more flows than this is not looked through, in bytes. */
const longestList = 32 * 1024 * 1024;

/** The words after `conntrack`. */
function forgetWords(flows: Flows): string[] {
  const family = flows.ip !== undefined && isIPv6(flows.ip) ? ['-f', 'ipv6'] : [];
  const port = String(flows.port);
  const which =
    flows.kind === 'endpoint'
      ? ['--dst-nat', flows.ip, '--reply-port-src', port]
      : [...(flows.ip === undefined ? [] : ['--orig-dst', flows.ip]), '--orig-port-dst', port];
  return ['-D', ...family, '-p', 'udp', ...which];
}

/** Makes the table. */
export function createFlowTable(log: Log): FlowTable {
  let isMissing = false;
  let turn: Promise<unknown> = Promise.resolve();
  const run = (words: readonly string[]): Promise<string> =>
    new Promise((resolve) => {
      if (isMissing) return resolve('');
      // it also fails when there is no such flow, which is well
      execFile('conntrack', words, { env: toolEnvironment(), maxBuffer: longestList }, (error, stdout) => {
        if ((error as NodeJS.ErrnoException | null)?.code === 'ENOENT' && !isMissing) {
          isMissing = true;
          const what = 'the program conntrack is not installed (Debian: apt-get install conntrack)';
          log.warn({}, `${what}: UDP clients stay longer with endpoints that are gone`);
        }
        resolve(error === null ? stdout : '');
      });
    });
  return {
    list: () => run(['-L', '-p', 'udp']),
    forget(flows) {
      const work = turn.then(async () => {
        for (const each of flows) await run(forgetWords(each));
      });
      turn = work;
      return work;
    },
  };
}

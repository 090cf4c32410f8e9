/** Hears from the kernel when an interface, an address or a route has changed, through one process of `ip monitor`. */
import { createInterface } from 'node:readline';
import { backoffDelay } from '../../../hub/base/backoff.ts';
import type { Clock } from '../../../hub/base/clock.ts';
import { bridgeName } from '../network.ts';
import { startIp } from './ip-tool.ts';

/** Starts watching; `changed` may be called often, and is once after the watch was away for a while. The answer ends it. */
export type RouteWatch = (changed: () => void) => () => void;

const again = { first: 1000, limit: 60_000 };

/** What Pods that come and go change: interfaces of theirs and the bridge, no ways to nodes. */
const ofPods = new RegExp(`\\b(veth[0-9a-f]+|${bridgeName})\\b`);

/** The watch of this machine's kernel. */
export const createRouteWatch =
  (clock: Clock): RouteWatch =>
  (changed) => {
    let failures = 0;
    let end = (): void => {};
    const begin = (): void => {
      const child = startIp(['-oneline', 'monitor', 'link', 'address', 'route']);
      let gone = false;
      const restart = (): void => {
        if (gone) return;
        gone = true;
        failures += 1;
        // what happened meanwhile was heard by nobody
        const cancel = clock.after(backoffDelay(again, failures, 1), () => {
          begin();
          changed();
        });
        end = cancel;
      };
      child.on('error', restart);
      child.on('close', restart);
      if (child.stdout !== null)
        createInterface({ input: child.stdout }).on('line', (line) => {
          failures = 0;
          if (!ofPods.test(line)) changed();
        });
      end = () => {
        gone = true;
        child.kill('SIGKILL');
      };
    };
    begin();
    return () => end();
  };

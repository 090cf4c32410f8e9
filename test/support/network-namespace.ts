/** A network of its own for a hub: a namespace with loopback and one cable (veth) to this machine, and no default route. */
import { spawnSync } from 'node:child_process';

/** The namespace. `within` are words to put before a command. */
export interface NetworkNamespace {
  readonly within: readonly string[];
  /** The hub's end of the cable, and ours. */
  readonly inside: string;
  readonly outside: string;
  remove(): void;
}

function ip(...words: string[]): string | undefined {
  const { status, stderr, error } = spawnSync('ip', words, { encoding: 'utf8' });
  return status === 0 ? undefined : (error?.message ?? stderr.trim());
}

/** Makes one, or answers why that is not possible here (only root may, with iproute2). Remove it in any case. */
export function createNetworkNamespace(): NetworkNamespace | string {
  const name = `coracle-${process.pid}`;
  const [here, there] = [`cor${process.pid}`, 'eth0'];
  // RFC 5737 documentation range: nobody's network
  const [outside, inside] = ['198.51.100.1', '198.51.100.2'];
  const remove = (): void => {
    ip('link', 'delete', here);
    ip('netns', 'delete', name);
  };
  const steps = [
    ['netns', 'add', name],
    ['link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', name],
    ['address', 'add', `${outside}/30`, 'dev', here],
    ['link', 'set', here, 'up'],
    ['-n', name, 'address', 'add', `${inside}/30`, 'dev', there],
    ['-n', name, 'link', 'set', there, 'up'],
    ['-n', name, 'link', 'set', 'lo', 'up'],
  ];
  for (const step of steps) {
    const trouble = ip(...step);
    if (trouble === undefined) continue;
    remove();
    return `a network namespace cannot be made: ${trouble}`;
  }
  return { within: ['ip', 'netns', 'exec', name], inside, outside, remove };
}

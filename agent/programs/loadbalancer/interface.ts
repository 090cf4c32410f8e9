/**
 * The addresses this node answers for, on an interface of their own: with the kernel's usual settings it answers ARP for them
 * on every other one, and nobody takes them for the node's. Needs the program `ip` and the right to use it.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** By its name one of Coracle's own (hub/base/machine-routes.ts). */
const device = 'coracle-lb';

/** Seconds an address stays without being set again: the kernel takes it away when this program was killed. */
const lifetime = 60;

/** Milliseconds after which `set` is to be called again while there are addresses. */
export const renewal = 20_000;

const run = promisify(execFile);

/** Puts addresses on the interface and takes them away. */
export interface AddressInterface {
  /** Makes `wanted` the addresses it has; the answer tells what changed. Rejects when it cannot be. */
  set(wanted: ReadonlySet<string>): Promise<{ added: string[]; removed: string[] }>;
  /** Takes it away. */
  remove(): Promise<void>;
}

/** Runs `ip`; `commands` are what `-batch -` reads. */
async function ip(words: readonly string[], commands: readonly string[] = []): Promise<string> {
  // Debian has administrators' programs where not everybody's PATH leads
  const env = { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`, LC_ALL: 'C' };
  const running = run('ip', words, { env, timeout: 10_000 });
  running.child.stdin?.on('error', () => {});
  running.child.stdin?.end(commands.map((line) => `${line}\n`).join(''));
  try {
    return (await running).stdout;
  } catch (error) {
    const { code, stderr = '', message } = error as { code?: unknown; stderr?: string; message: string };
    if (code === 'ENOENT') throw new Error('the program ip is not installed (Debian: apt-get install iproute2)');
    throw new Error(`ip ${words.join(' ')}: ${stderr.trim().split('\n', 1)[0] || message}`, { cause: error });
  }
}

/** Makes the interface, or takes the one that is there. Rejects with what is missing. */
export async function openInterface(): Promise<AddressInterface> {
  const setting = await readFile('/proc/sys/net/ipv4/conf/all/arp_ignore', 'utf8');
  if (setting.trim() !== '0')
    throw new Error(
      `this machine would not answer for addresses: net.ipv4.conf.all.arp_ignore is ${setting.trim()}, not 0`,
    );
  const links = JSON.parse((await ip(['-json', 'link', 'show'])) || '[]') as { ifname?: string }[];
  if (!links.some(({ ifname }) => ifname === device)) {
    const make = (type: string): Promise<string> => ip(['link', 'add', device, 'type', type]);
    // small kernels have no dummy; a bridge nothing is joined to is as good, and networks of containers need that kind anyway
    await make('dummy').catch(() => make('bridge'));
  }
  await ip(['link', 'set', device, 'up']);
  const current = async (): Promise<string[]> => {
    const [one] = JSON.parse((await ip(['-json', '-4', 'address', 'show', 'dev', device])) || '[]') as {
      addr_info?: { local: string }[];
    }[];
    return (one?.addr_info ?? []).map(({ local }) => local);
  };
  return {
    async set(wanted) {
      const before = new Set(await current());
      const removed = [...before].filter((address) => !wanted.has(address));
      const added = [...wanted].filter((address) => !before.has(address));
      const commands = [
        ...removed.map((address) => `address delete ${address}/32 dev ${device}`),
        ...[...wanted].map(
          (address) => `address replace ${address}/32 dev ${device} valid_lft ${lifetime} preferred_lft ${lifetime}`,
        ),
      ];
      if (commands.length > 0) await ip(['-batch', '-'], commands);
      return { added, removed };
    },
    async remove() {
      await ip(['link', 'delete', device]);
    },
  };
}

/** True for the interface's own name. */
export const isOwnDevice = (name: string): boolean => name === device;

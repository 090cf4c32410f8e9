/** The interface that has the DNS address on this node, made and removed with the program `ip`. */
import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { promisify } from 'node:util';
import { dnsLinkName } from './dns.ts';

/** Runs `ip` with these words; answers what it said, rejects with its words. */
export type RunIp = (words: readonly string[]) => Promise<string>;

const timeout = 10_000;

/** The program itself. */
export const runIp: RunIp = async (words) => {
  try {
    const { stdout } = await promisify(execFile)('ip', [...words], { timeout });
    return stdout;
  } catch (error) {
    const { code, stderr = '', message } = error as NodeJS.ErrnoException & { stderr?: string };
    const missing = 'the program "ip" is missing (Debian package iproute2)';
    throw new Error(code === 'ENOENT' ? missing : stderr.trim() || message, { cause: error });
  }
};

/** Whose interface it is, written on it: other agents of the machine leave it alone. */
const markOf = (owner: string): string => `coracle:${hash('sha256', owner, 'hex').slice(0, 16)}`;

/** What `ip` tells of the interface, as far as it matters here. */
interface Shown {
  ifalias?: string;
  addr_info?: { local?: string; prefixlen?: number }[];
}

/** Undefined when there is none. */
async function show(run: RunIp, what: 'link' | 'address'): Promise<Shown | undefined> {
  try {
    const [found] = JSON.parse(await run(['-json', what, 'show', 'dev', dnsLinkName])) as Shown[];
    return found;
  } catch (error) {
    if (/does not exist|cannot find/i.test(String(error))) return undefined;
    throw error;
  }
}

/**
 * Makes sure the interface is there and has `address` and no other. `owner` is the agent's directory. Idempotent. Rejects
 * with what `ip` said. It is a bridge without ports, since what CNI needs is on every node, and not all kernels have `dummy`.
 */
export async function holdAddress({
  owner,
  address,
  run = runIp,
}: {
  owner: string;
  address: string;
  run?: RunIp;
}): Promise<void> {
  const before = await show(run, 'link');
  if (before === undefined) await run(['link', 'add', dnsLinkName, 'type', 'bridge']);
  // without a mark: whoever made it was ended before it was marked
  else if ((before.ifalias ?? markOf(owner)) !== markOf(owner))
    throw new Error(`the interface ${dnsLinkName} is another agent's`);
  await run(['link', 'set', 'dev', dnsLinkName, 'alias', markOf(owner), 'up']);
  const bits = isIPv6(address) ? 128 : 32;
  const { addr_info: addresses = [] } = (await show(run, 'address')) ?? {};
  const others = addresses.filter(({ local, prefixlen }) => prefixlen === bits && local !== address);
  for (const { local } of others) await run(['address', 'delete', `${local}/${bits}`, 'dev', dnsLinkName]);
  await run(['address', 'replace', `${address}/${bits}`, 'dev', dnsLinkName]);
}

/** Removes the interface when it is this owner's. Idempotent; never fails for want of `ip`. */
export async function releaseAddress({ owner, run = runIp }: { owner: string; run?: RunIp }): Promise<void> {
  const found = await show(run, 'link').catch(() => undefined);
  if (found?.ifalias === markOf(owner)) await run(['link', 'delete', 'dev', dnsLinkName]);
}

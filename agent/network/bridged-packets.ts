/**
 * Makes packets between Pods of one bridge pass the packet rules: else the answer of a Service's endpoint on the same node
 * would reach the client under the endpoint's own address.
 */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readIfThere } from '../../hub/base/private-file.ts';
import { toolEnvironment } from './nft.ts';

const module = 'br_netfilter';
const names = ['bridge-nf-call-iptables', 'bridge-nf-call-ip6tables'];

/** Sets it, loading the kernel's module when it is not there. Rejects with one sentence when it cannot be had. */
export async function filterBridgedPackets(sysctls = '/proc/sys'): Promise<void> {
  const files = names.map((name) => join(sysctls, 'net/bridge', name));
  if ((await readIfThere(files[0] ?? '')) === undefined)
    await promisify(execFile)('modprobe', [module], { env: toolEnvironment() }).catch(() => {});
  for (const file of files) {
    const now = await readIfThere(file);
    if (now === undefined)
      throw new Error(`the kernel has no module ${module}, without which neither Services nor network policies work`);
    if (now.trim() !== '1') await writeFile(file, '1');
  }
}

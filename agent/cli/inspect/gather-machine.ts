/** What the kernel and the disk of this machine say. */
import { constants } from 'node:fs';
import { access, readFile, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DataDir } from '../../../hub/base/data-dir.ts';
import type { Facts } from './facts.ts';

const text = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');

/** The disk of `path`, or of the folder it would be made in. */
export async function gatherDisk(path: string): Promise<Facts['disk']> {
  try {
    const { bavail, bsize, blocks, files, ffree } = await statfs(path);
    const trouble = await access(path, constants.W_OK).then(
      () => undefined,
      (error: Error) => error.message,
    );
    const sizes = { path, free: bavail * bsize, size: blocks * bsize, freeFiles: ffree, files };
    return trouble === undefined ? sizes : { ...sizes, trouble };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && path !== '/') return gatherDisk(dirname(path));
    return { path, free: 0, size: 0, freeFiles: 0, files: 0, trouble: (error as Error).message };
  }
}

/** The newest of the files daemons write, and when that was. */
export async function gatherNewest(dir: DataDir): Promise<Facts['newest']> {
  const files = [
    join(dir.hub.dir, 'state.db'),
    join(dir.hub.dir, 'state.db-wal'),
    ...[dir.hub, dir.agent].flatMap(({ log, run, settings }) => [log, run, settings]),
    join(dir.agent.pki, 'node.json'),
  ];
  let newest: Facts['newest'];
  for (const file of files) {
    const time = await stat(file).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    );
    if (time > (newest?.time ?? 0)) newest = { file, time };
  }
  return newest;
}

/** Whether the kernel can limit memory: cgroups(7), controllers of version 2 or 1. */
export async function gatherCgroup(): Promise<Facts['cgroup']> {
  const controllers = await text('/sys/fs/cgroup/cgroup.controllers');
  if (controllers !== '') return { version: 2, hasMemory: controllers.trim().split(/\s+/).includes('memory') };
  const line = (await text('/proc/cgroups')).split('\n').find((one) => one.startsWith('memory\t'));
  if (line === undefined) return { version: 0, hasMemory: false };
  return { version: 1, hasMemory: line.trim().split(/\s+/)[3] === '1' };
}

/** proc_meminfo(5). */
export async function gatherMemory(): Promise<Facts['memory']> {
  const table = await text('/proc/meminfo');
  const field = (name: string): number => Number(new RegExp(`^${name}: *(\\d+) kB`, 'm').exec(table)?.[1] ?? 0) * 1024;
  return { total: field('MemTotal'), available: field('MemAvailable') };
}

/** inotify(7). */
export async function gatherInotify(): Promise<Facts['inotify']> {
  const number = async (name: string): Promise<number> => Number(await text(`/proc/sys/fs/inotify/max_user_${name}`));
  return { instances: await number('instances'), watches: await number('watches') };
}

/** A way to everywhere else: route tables of proc(5), IPv4 and IPv6. */
export async function gatherDefaultRoute(): Promise<boolean> {
  const four = (await text('/proc/net/route')).split('\n').slice(1);
  if (four.some((line) => line.split('\t')[1] === '00000000' && line.split('\t')[7] === '00000000')) return true;
  const six = (await text('/proc/net/ipv6_route')).split('\n');
  return six.some((line) => /^0{32} 00 /.test(line) && !line.trimEnd().endsWith(' lo'));
}

/** Whether packets are forwarded (IPv4). */
export async function gatherForwarding(): Promise<boolean> {
  return (await text('/proc/sys/net/ipv4/ip_forward')).trim() === '1';
}

/** The firewall that is on, if one is that can be seen. */
export async function gatherFirewall(): Promise<string | undefined> {
  return /^ENABLED=yes/m.test(await text('/etc/ufw/ufw.conf')) ? 'the firewall ufw' : undefined;
}

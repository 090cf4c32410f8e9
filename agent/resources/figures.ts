/** The figures that move: CPU, load, temperature, memory, disks, network, battery. Files and system calls only, no process. */
import { readdir, statfs } from 'node:fs/promises';
import { cpus, loadavg, uptime } from 'node:os';
import type { DiskUsage, UsageMessage } from '../../hub/api/link.ts';
import { readText } from './machine.ts';

/** Counters that only grow, from which rates follow. Times in seconds, traffic in bytes. */
export interface Counters {
  readonly at: number;
  readonly cpus: number;
  readonly busy: number;
  readonly traffic: ReadonlyMap<string, { readonly received: number; readonly sent: number }>;
}

/** Figures of one moment, rates since the counters before. */
export type Figures = Omit<UsageMessage, 'time' | 'every' | 'link' | 'pods'>;

/** Reads the counters. `now` is Unix milliseconds. */
export async function readCounters(now: number): Promise<Counters> {
  const all = cpus();
  const busy = all.reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0) / 1000;
  return { at: now / 1000, cpus: all.length, busy, traffic: parseTraffic((await readText('/proc/net/dev')) ?? '') };
}

/** Interfaces of /proc/net/dev without the loopback and the ends of virtual pairs. */
export function parseTraffic(text: string): Map<string, { received: number; sent: number }> {
  const found = new Map<string, { received: number; sent: number }>();
  for (const line of text.split('\n')) {
    const match = /^\s*([^:\s]+):\s*(.+)$/.exec(line);
    const name = match?.[1] ?? '';
    if (match === null || name === 'lo' || /^(veth|cali|flannel|docker|br-|cni|tap|tun)/.test(name)) continue;
    const fields = (match[2] ?? '').trim().split(/\s+/).map(Number);
    found.set(name, { received: fields[0] ?? 0, sent: fields[8] ?? 0 });
  }
  return found;
}

/** Everything measured now. */
export async function readFigures(before: Counters | undefined, now: Counters): Promise<Figures> {
  const [one = 0, five = 0, fifteen = 0] = loadavg();
  const temperature = await readTemperature();
  const battery = await readBattery();
  return {
    ...rates(before, now),
    load: [one, five, fifteen],
    uptime: Math.floor(uptime()),
    memory: parseMemory((await readText('/proc/meminfo')) ?? ''),
    disks: await readDisks(),
    ...(temperature === undefined ? {} : { temperature }),
    ...(battery === undefined ? {} : { battery }),
  };
}

function rates(before: Counters | undefined, now: Counters): Figures {
  const seconds = before === undefined ? 0 : now.at - before.at;
  if (before === undefined || seconds <= 0) return {};
  const networks = [...now.traffic].map(([name, { received, sent }]) => ({
    name,
    received: Math.max(0, received - (before.traffic.get(name)?.received ?? received)) / seconds,
    sent: Math.max(0, sent - (before.traffic.get(name)?.sent ?? sent)) / seconds,
  }));
  return { cpu: Math.max(0, now.busy - before.busy) / seconds, networks };
}

/** Bytes; `used` is what cannot be given back at once. */
export function parseMemory(text: string): { total: number; used: number; available: number } {
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024;
  const total = field('MemTotal');
  const available = field('MemAvailable');
  return { total, used: total - available, available };
}

/** The hottest sensor of the processor: degrees Celsius. */
async function readTemperature(): Promise<number | undefined> {
  const zones = await list('/sys/class/thermal', /^thermal_zone/);
  const readings: number[] = [];
  for (const zone of zones) {
    const value = Number((await readText(`${zone}/temp`)) ?? Number.NaN) / 1000;
    const type = (await readText(`${zone}/type`)) ?? '';
    if (value > 0 && value < 150 && /cpu|soc|pkg|core|thermal/i.test(type)) readings.push(value);
  }
  return readings.length === 0 ? undefined : Math.max(...readings);
}

async function readBattery(): Promise<{ percent: number; charging: boolean } | undefined> {
  for (const supply of await list('/sys/class/power_supply', /./)) {
    if ((await readText(`${supply}/type`)) !== 'Battery') continue;
    const percent = Number((await readText(`${supply}/capacity`)) ?? Number.NaN);
    if (Number.isNaN(percent)) continue;
    const status = await readText(`${supply}/status`);
    return { percent, charging: status === 'Charging' || status === 'Full' };
  }
  return undefined;
}

/** Mounted block devices; each once, under its shortest mount point. */
async function readDisks(): Promise<DiskUsage[]> {
  const mounts = new Map<string, string>();
  for (const line of ((await readText('/proc/self/mounts')) ?? '').split('\n')) {
    const [device = '', mount = ''] = line.split(' ');
    if (!device.startsWith('/dev/') || /^\/dev\/(loop|fuse|zram)/.test(device)) continue;
    const before = mounts.get(device);
    if (before === undefined || mount.length < before.length) mounts.set(device, mount);
  }
  const disks: DiskUsage[] = [];
  for (const [device, mount] of mounts) {
    const space = await statfs(mount).catch(() => undefined);
    if (space === undefined) continue;
    const wear = await readWear(device);
    const size = space.blocks * space.bsize;
    disks.push({
      mount,
      device,
      size,
      used: size - space.bfree * space.bsize,
      ...(wear === undefined ? {} : { wear }),
    });
  }
  return disks;
}

/** Percent of rated life an eMMC or SD card says it has used: two estimates in tenths, the worse one counts. */
async function readWear(device: string): Promise<number | undefined> {
  const block = /^\/dev\/(mmcblk\d+)/.exec(device)?.[1];
  const text = block === undefined ? undefined : await readText(`/sys/block/${block}/device/life_time`);
  const worst = Math.max(0, ...(text ?? '').split(/\s+/).map((word) => Number(word) || 0));
  return worst === 0 ? undefined : Math.min(110, worst * 10);
}

async function list(directory: string, form: RegExp): Promise<string[]> {
  const names = await readdir(directory).catch((): string[] => []);
  return names.filter((name) => form.test(name)).map((name) => `${directory}/${name}`);
}

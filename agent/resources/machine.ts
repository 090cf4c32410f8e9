/** What the kernel says of this machine: read from files, without starting a process. Fixed for a boot. */
import { readFile } from 'node:fs/promises';
import { arch, availableParallelism, hostname, release, totalmem } from 'node:os';

/** Facts of a machine. Memory in bytes. */
export interface Machine {
  readonly hostname: string;
  readonly bootId: string;
  readonly machineId: string;
  readonly systemUuid: string;
  readonly kernel: string;
  readonly osImage: string;
  /** As Kubernetes writes it: `amd64`, `arm64`, `arm`. */
  readonly architecture: string;
  readonly cpus: number;
  readonly memory: number;
  /** Bytes memory may be swapped out to. */
  readonly swap: number;
}

/** Node's names of architectures and Go's. */
const architectures: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: '386',
  loong64: 'loong64',
  ppc64: 'ppc64le',
};

/** The text of a small file, trimmed; undefined when there is none. */
export async function readText(file: string): Promise<string | undefined> {
  try {
    // Strings of the device tree end in NUL.
    return (await readFile(file, 'utf8')).replaceAll('\0', '').trim();
  } catch {
    return undefined;
  }
}

/** The kernel's boot id, new at every boot. */
async function readBootId(): Promise<string> {
  return (await readText('/proc/sys/kernel/random/boot_id')) ?? 'unknown';
}

/** Reads the facts. */
export async function readMachine(): Promise<Machine> {
  const machineId = (await readText('/etc/machine-id')) ?? (await readText('/var/lib/dbus/machine-id')) ?? '';
  const uuid =
    (await readText('/sys/class/dmi/id/product_uuid')) ?? (await readText('/proc/device-tree/serial-number'));
  return {
    hostname: hostname(),
    bootId: await readBootId(),
    machineId,
    systemUuid: uuid ?? machineId,
    kernel: release(),
    osImage: osImage((await readText('/etc/os-release')) ?? (await readText('/usr/lib/os-release')) ?? ''),
    architecture: architectures[arch()] ?? arch(),
    cpus: availableParallelism(),
    ...(await readMemory()),
  };
}

/** PRETTY_NAME out of os-release(5). */
export function osImage(text: string): string {
  const match = /^PRETTY_NAME=(?:"([^"]*)"|'([^']*)'|(.*))$/m.exec(text);
  return match?.[1] ?? match?.[2] ?? match?.[3] ?? 'Linux';
}

async function readMemory(): Promise<{ memory: number; swap: number }> {
  const text = (await readText('/proc/meminfo')) ?? '';
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024;
  return { memory: field('MemTotal') || totalmem(), swap: field('SwapTotal') };
}

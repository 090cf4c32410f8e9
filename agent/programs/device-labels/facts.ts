/** What this machine has, read from files of the kernel: no process is started, no device is opened. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A disk; `size` in bytes. */
export interface Disk {
  readonly name: string;
  readonly isRotational: boolean;
  readonly isRemovable: boolean;
  readonly size: number;
}

/** A machine as far as it tells; texts are empty where it does not. */
export interface Facts {
  readonly vendor: string;
  readonly model: string;
  /** Kernel drivers of the graphics cards. */
  readonly gpus: readonly string[];
  /** Names of ports that are there, without consoles. */
  readonly serial: readonly string[];
  /** Names of cameras' capture devices. */
  readonly cameras: readonly string[];
  readonly disks: readonly Disk[];
  /** Names in /dev. */
  readonly devices: readonly string[];
}

/** Most entries of a directory that are looked at. */
const most = 4096;

/** Sizes in /sys/block are in these, whatever the disk's own. */
const sector = 512;

/** Block devices that are no disks. */
const unreal = /^(loop|ram|zram|dm-|md|nbd|sr|fd|mtdblock|mmcblk\d+boot)/;

/** Reads what is there below `root`, which is / but in tests. */
export async function readFacts(root: string): Promise<Facts> {
  const text = (path: string): Promise<string> => readText(join(root, path));
  const names = (path: string): Promise<string[]> => readNames(join(root, path));
  const [dtModel, dmiVendor, dmiModel, board] = await Promise.all([
    text('proc/device-tree/model'),
    text('sys/class/dmi/id/sys_vendor'),
    text('sys/class/dmi/id/product_name'),
    text('sys/class/dmi/id/board_name'),
  ]);
  return {
    vendor: dmiVendor,
    model: dtModel || dmiModel || board,
    gpus: await drivers(
      root,
      (await names('sys/class/drm')).filter((name) => /^card\d+$/.test(name)),
    ),
    serial: await ports(root, await names('sys/class/tty')),
    cameras: await cameras(root, await names('sys/class/video4linux')),
    disks: await disks(root, await names('sys/block')),
    devices: await names('dev'),
  };
}

async function drivers(root: string, cards: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    cards.map(async (card) =>
      /^DRIVER=(.+)$/m.exec(await readText(join(root, 'sys/class/drm', card, 'device/uevent')))?.[1]?.trim(),
    ),
  );
  return found.filter((driver) => driver !== undefined);
}

/** Serial ports: adapters and boards' own; those of the 8250 kind stand in /sys whether or not the chip is there. */
async function ports(root: string, terminals: readonly string[]): Promise<string[]> {
  const kept = await Promise.all(
    terminals.map(async (name) => {
      if (/^tty(USB|ACM|AMA|mxc|SAC|THS|O|PS)\d+$/.test(name)) return true;
      // type 0: no chip was found
      return /^ttyS\d+$/.test(name) && !['', '0'].includes(await readText(join(root, 'sys/class/tty', name, 'type')));
    }),
  );
  return terminals.filter((_, index) => kept[index]);
}

/** One camera shows several devices; the first of each has index 0. */
async function cameras(root: string, videos: readonly string[]): Promise<string[]> {
  const kept = await Promise.all(
    videos.map(async (name) => {
      const place = join(root, 'sys/class/video4linux', name);
      const title = await readText(join(place, 'name'));
      // codecs and image processors of boards are video devices, too
      const isCamera = !/codec|isp|rpivid|decode|encode|hevc|m2m/i.test(title);
      return /^video\d+$/.test(name) && isCamera && (await readText(join(place, 'index'))) === '0';
    }),
  );
  return videos.filter((_, index) => kept[index]);
}

async function disks(root: string, blocks: readonly string[]): Promise<Disk[]> {
  const found = await Promise.all(
    blocks
      .filter((name) => !unreal.test(name))
      .map(async (name): Promise<Disk> => {
        const text = (path: string): Promise<string> => readText(join(root, 'sys/block', name, path));
        return {
          name,
          isRotational: (await text('queue/rotational')) === '1',
          isRemovable: (await text('removable')) === '1',
          size: Number(await text('size')) * sector,
        };
      }),
  );
  return found.filter(({ size }) => size > 0);
}

/** Trimmed; strings of the device tree end in NUL. */
async function readText(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).replaceAll('\0', '').trim();
  } catch {
    return '';
  }
}

async function readNames(path: string): Promise<string[]> {
  try {
    return (await readdir(path)).sort().slice(0, most);
  } catch {
    return [];
  }
}

/** What this machine is made of: asked once a boot of a short-lived program, then read from a file. */
import { execFile } from 'node:child_process';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { programCommand } from '../../hub/base/program.ts';
import { readText } from './machine.ts';

/** Hardware as far as it tells. Sizes in bytes, speed in GHz, wear in percent. */
export interface Hardware {
  readonly cpu: {
    readonly model: string;
    readonly cores: number;
    readonly physicalCores: number;
    readonly speed: number;
  };
  readonly board: { readonly vendor: string; readonly model: string; readonly serial: string };
  readonly virtual: boolean;
  readonly gpus: readonly { readonly vendor: string; readonly model: string; readonly memory: number }[];
  readonly disks: readonly {
    readonly device: string;
    readonly type: string;
    readonly name: string;
    readonly size: number;
    readonly health: string;
    readonly wear?: number;
  }[];
}

/** Longest wait for the program, in milliseconds: `smartctl` may wake sleeping disks. */
const patience = 30_000;

/** The hardware; from `file` when it was written in this boot. */
export async function readHardware(options: { file: string; boot: string; signal: AbortSignal }): Promise<Hardware> {
  try {
    const kept = JSON.parse(await readFile(options.file, 'utf8')) as { boot: string; hardware: Hardware };
    if (kept.boot === options.boot) return kept.hardware;
  } catch {
    // Not asked before.
  }
  const hardware = await withDeviceTree(await ask(options.signal));
  await writeFile(`${options.file}.new`, JSON.stringify({ boot: options.boot, hardware }), { mode: 0o600 });
  await rename(`${options.file}.new`, options.file);
  return hardware;
}

function ask(signal: AbortSignal): Promise<Hardware> {
  const script = fileURLToPath(new URL('hardware-process.ts', import.meta.url));
  const { file, args } = programCommand({ program: 'hardware', script });
  return new Promise((resolve, reject) => {
    execFile(file, args, { signal, timeout: patience, maxBuffer: 2 ** 20 }, (error, stdout) => {
      if (error !== null) return reject(error);
      try {
        resolve(JSON.parse(stdout) as Hardware);
      } catch (cause) {
        reject(new Error('the hardware program printed no JSON', { cause }));
      }
    });
  });
}

/** Boards without DMI (Raspberry Pi and its like) name themselves in the device tree. */
async function withDeviceTree(hardware: Hardware): Promise<Hardware> {
  const model = await readText('/proc/device-tree/model');
  if (model === undefined || model === '') return hardware;
  const serial = (await readText('/proc/device-tree/serial-number')) ?? hardware.board.serial;
  return { ...hardware, board: { vendor: hardware.board.vendor, model, serial } };
}

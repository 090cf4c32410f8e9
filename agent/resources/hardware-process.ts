/**
 * A short-lived program: asks systeminformation what this machine is made of and prints it as JSON.
 *
 * It runs apart from the agent because the library starts `lscpu`, `lsblk`, `smartctl`, `lspci` and the like and costs
 * 11 MB of memory once loaded; the agent keeps its answer for as long as the machine runs.
 */
import type { Hardware } from './hardware.ts';

const information = await import('systeminformation');
const [cpu, system, baseboard, graphics, disks] = await Promise.all([
  information.cpu(),
  information.system(),
  information.baseboard(),
  information.graphics(),
  information.diskLayout(),
]);
const hardware: Hardware = {
  cpu: {
    model: `${cpu.manufacturer} ${cpu.brand}`.trim(),
    cores: cpu.cores,
    physicalCores: cpu.physicalCores,
    speed: cpu.speed,
  },
  board: {
    vendor: system.manufacturer || baseboard.manufacturer,
    model: system.model || baseboard.model,
    serial: system.serial,
  },
  virtual: system.virtual === true,
  gpus: graphics.controllers.map(({ vendor, model, vram }) => ({ vendor, model, memory: (vram ?? 0) * 2 ** 20 })),
  disks: disks.map(({ device, type, name, size, smartStatus, smartData }) => ({
    device,
    type,
    name,
    size,
    health: smartStatus,
    ...wearOf(smartData),
  })),
};
process.stdout.write(JSON.stringify(hardware));

/** NVMe tells the share of its rated life it has used. */
function wearOf(smart: unknown): { wear?: number } {
  const log = (smart as { nvme_smart_health_information_log?: { percentage_used?: unknown } } | undefined)
    ?.nvme_smart_health_information_log;
  return typeof log?.percentage_used === 'number' ? { wear: log.percentage_used } : {};
}

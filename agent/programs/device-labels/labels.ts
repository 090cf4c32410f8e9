/** What a machine has, as labels of its Node. Pure. */
import type { Facts } from './facts.ts';

/** What all of them begin with. */
const prefix = 'device.coracle.io/';

/** Names in /dev, and the label that counts them. */
const counted: Readonly<Record<string, RegExp>> = {
  gpio: /^gpiochip\d+$/,
  i2c: /^i2c-\d+$/,
  spi: /^spidev\d+\.\d+$/,
  tpm: /^tpm\d+$/,
  kvm: /^kvm$/,
  watchdog: /^watchdog\d+$/,
};

/** API: the longest value of a label. */
const longest = 63;

/** A text as the value of a label: lower case, words joined by hyphens. */
export function labelValue(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9._]+/g, '-')
    .slice(0, longest)
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '');
}

/**
 * The labels. What is not there has none, so that a selector can ask whether there is any; numbers count, so that one can ask for
 * more than so many (`Gt`).
 */
export function labelsOf(facts: Facts): Record<string, string> {
  const found = new Map<string, string>();
  const put = (name: string, value: string): void => {
    if (value !== '') found.set(prefix + name, value);
  };
  const count = (name: string, number: number): void => put(name, number === 0 ? '' : String(number));
  put('board', labelValue(facts.model));
  put('board-vendor', labelValue(facts.vendor));
  count('gpu', facts.gpus.length);
  for (const driver of facts.gpus.map(labelValue)) if (driver !== '') put(`gpu-${driver}`, 'true');
  count('serial', facts.serial.length);
  for (const name of facts.serial) put(`serial-${labelValue(name)}`, 'true');
  count('camera', facts.cameras.length);
  for (const [name, pattern] of Object.entries(counted))
    count(name, facts.devices.filter((device) => pattern.test(device)).length);
  const fixed = facts.disks.filter(({ isRemovable }) => !isRemovable);
  count('disk', fixed.length);
  count('disk-rotating', fixed.filter(({ isRotational }) => isRotational).length);
  count('disk-nvme', fixed.filter(({ name }) => name.startsWith('nvme')).length);
  count('disk-removable', facts.disks.length - fixed.length);
  const bytes = fixed.reduce((sum, { size }) => sum + size, 0);
  count('disk-gib', Math.floor(bytes / 2 ** 30));
  return Object.fromEntries([...found].sort(([one], [other]) => (one < other ? -1 : 1)));
}

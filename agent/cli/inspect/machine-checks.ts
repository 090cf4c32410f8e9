/** Checks of the machine itself: what no cluster can do without. Pure. */
import { again } from '../again.ts';
import type { Facts } from './facts.ts';
import { type Check, findingsOf } from './finding.ts';

const mebi = 1024 * 1024;
const minute = 60_000;
const day = 24 * 60 * minute;
/** Nodes and hub may differ by so much before tokens and certificates suffer. */
const clockSlack = 2 * minute;
/** What the store needs at least to go on, and what is comfortable. */
const leastDisk = 100 * mebi;
const comfortableDisk = 1024 * mebi;
const leastMemory = 400 * mebi;

const size = (bytes: number): string =>
  bytes >= 1024 * mebi ? `${(bytes / 1024 / mebi).toFixed(1)} GiB` : `${Math.floor(bytes / mebi)} MiB`;

const when = (time: number): string => new Date(time).toISOString().slice(0, 16).replace('T', ' ');

/** Full disks: space, and the number of files. */
export const disk: Check = ({ disk: { path, free, size: whole, freeFiles, files, trouble } }) => {
  const { ok, warn, fail } = findingsOf('disk');
  const todo = `make space: remove what is not needed, or move the data directory (--data-dir) to a larger disk`;
  if (trouble !== undefined)
    return [
      fail(
        `the data directory cannot be written: ${trouble}`,
        'check the mount and its permissions (a card that is worn out turns read-only)',
      ),
    ];
  if (free < Math.min(leastDisk, whole / 20))
    return [fail(`the disk of ${path} is full: ${size(free)} of ${size(whole)} left`, todo)];
  if (files > 0 && freeFiles < 200)
    return [fail(`the disk of ${path} has no room for more files: ${freeFiles} of ${files} inodes left`, todo)];
  if (free < Math.min(comfortableDisk, whole / 10))
    return [warn(`the disk of ${path} is nearly full: ${size(free)} of ${size(whole)} left`, todo)];
  return [ok(`${size(free)} of ${size(whole)} free on the disk of ${path}`)];
};

/** A clock that is behind what was written with it, or differs from the hub's. */
export const clock: Check = ({ now, newest, joined, certificates }) => {
  const { ok, fail } = findingsOf('clock');
  const todo = 'set it: `timedatectl set-ntp true`, or `date -s`; boards without a battery need a time server';
  if (joined?.time !== undefined && Math.abs(joined.time - now) > clockSlack) {
    const [way, difference] = [joined.time > now ? 'behind' : 'ahead of', Math.abs(joined.time - now)];
    return [fail(`the clock is off: ${span(difference)} ${way} the hub's (here it is ${when(now)} UTC)`, todo)];
  }
  const future = certificates.find(({ begin }) => begin !== undefined && begin > now + clockSlack);
  if (future?.begin !== undefined)
    return [
      fail(`the clock is off: it is ${when(now)} UTC here, before ${future.name} begins (${when(future.begin)})`, todo),
    ];
  if (newest !== undefined && newest.time > now + clockSlack)
    return [
      fail(
        `the clock is off: it is ${when(now)} UTC here, but ${newest.file} was written at ${when(newest.time)}`,
        todo,
      ),
    ];
  return [ok(`the clock says ${when(now)} UTC${joined?.time === undefined ? '' : ", as the hub's does"}`)];
};

function span(milliseconds: number): string {
  if (milliseconds >= 2 * day) return `${Math.round(milliseconds / day)} days`;
  if (milliseconds >= 120 * minute) return `${Math.round(milliseconds / 60 / minute)} hours`;
  return `${Math.round(milliseconds / minute)} minutes`;
}

/** The kernel has to count and limit memory, which boards leave out to save some. */
export const cgroupMemory: Check = ({ cgroup }) => {
  const { ok, fail } = findingsOf('cgroup memory');
  if (cgroup.hasMemory) return [ok(`cgroups (version ${cgroup.version}) limit memory`)];
  return [
    fail(
      'the kernel has no memory cgroup: memory of Pods can be neither limited nor measured',
      'add `cgroup_enable=memory cgroup_memory=1` to the kernel command line (Raspberry Pi: /boot/firmware/cmdline.txt) and reboot',
    ),
  ];
};

/** Little memory. */
export const memory: Check = ({ memory: { total, available } }) => {
  const { ok, warn } = findingsOf('memory');
  if (total < leastMemory)
    return [warn(`this machine has ${size(total)} of memory`, 'run the agent alone here, and the hub elsewhere')];
  if (available < total / 20)
    return [
      warn(
        `only ${size(available)} of ${size(total)} of memory are available`,
        `see what takes it with: ${again('kubectl top pods --all-namespaces')}`,
      ),
    ];
  return [ok(`${size(available)} of ${size(total)} of memory available`)];
};

/** File watches: many programs in containers need some each. */
export const inotify: Check = ({ inotify: { instances, watches } }) => {
  const { ok, warn } = findingsOf('inotify');
  if (instances >= 128 && watches >= 8192) return [ok(`inotify: ${instances} instances, ${watches} watches`)];
  return [
    warn(
      `few file watches are allowed: ${instances} instances, ${watches} watches`,
      'sysctl -w fs.inotify.max_user_instances=1024 fs.inotify.max_user_watches=1048576',
    ),
  ];
};

/** Names of nodes are DNS names. */
export const hostname: Check = ({ hostname: name }) => {
  const { ok, warn } = findingsOf('host name');
  if (/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name)) return [ok(`the host is called ${name}`)];
  return [warn(`the host is called "${name}", which no node can be`, 'name the node another way: --node-name NAME')];
};

/** A firewall in the way of nodes. */
export const firewall: Check = ({ firewall: active, ports, role }: Facts) => {
  const { ok, warn } = findingsOf('firewall');
  if (active === undefined || role === 'node') return [ok('no firewall of ufw is active')];
  const numbers = ports.map(({ port }) => port);
  return [warn(`${active} is active`, `let nodes in: ${numbers.map((port) => `ufw allow ${port}/tcp`).join('; ')}`)];
};

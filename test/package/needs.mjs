/** What the suites of packaging need of Debian, so that one that was asked for runs whole: nothing of it is skipped for want of a tool. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** SQLite's addon is compiled where npm has none for a machine, or may not fetch it. */
const native = { 'x86_64-linux-gnu-g++': 'g++', make: 'make', python3: 'python3' };
const foreign = { 'aarch64-linux-gnu-g++': 'g++-aarch64-linux-gnu' };
const machines = { debootstrap: 'debootstrap', ip: 'iproute2', nsenter: 'util-linux' };
const kubectl = { kubectl: 'kubernetes-client' };

/** The programs of each suite, and Debian's package of each program. */
const needs = {
  arm64: { ...native, ...foreign, ...kubectl, 'qemu-aarch64-static': 'qemu-user-static' },
  'first-day': { ...native, ...machines },
  'air-gapped': { ...native, ...machines, ...kubectl, git: 'git', wget: 'wget', xz: 'xz-utils' },
  snap: {
    ...{ ...native, ...kubectl, git: 'git', ip: 'iproute2', pgrep: 'procps' },
    ...{ snap: 'snapd', mksquashfs: 'squashfs-tools' },
  },
  reproducible: { ...native, ...foreign, git: 'git' },
};

/** The suites, in the order they run in. */
export const suites = Object.keys(needs);

const places = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const has = (program) => places.some((place) => existsSync(join(place, program)));

/** Installs what these suites lack, as root; answers the packages that are missing still. */
export function provide(wanted) {
  const programs = Object.assign({}, ...wanted.map((suite) => needs[suite]));
  const missing = () => [
    ...new Set(
      Object.keys(programs)
        .filter((one) => !has(one))
        .map((one) => programs[one]),
    ),
  ];
  const names = missing();
  if (names.length === 0 || process.getuid?.() !== 0 || !has('apt-get')) return names;
  process.stdout.write(`Installing ${names.join(' ')}\n`);
  const quiet = { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  spawnSync('apt-get', ['update', '-qq'], quiet);
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], quiet);
  return missing();
}

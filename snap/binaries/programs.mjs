/** Which programs each binary carries: the sources they begin with, under which names they are asked for. */

/**
 * What a binary carries. `first` runs when no other program is named as first argument. Programs of addons are of
 * `agent/programs` and have the flags `program`.
 */
export const binaries = {
  coracle: {
    first: 'cli',
    programs: {
      cli: { source: 'agent/cli/main.ts' },
      agent: { source: 'agent/main.ts', flags: 'agent' },
      hardware: { source: 'agent/resources/hardware-process.ts' },
      'log-collector': { source: 'agent/programs/log-collector/main.ts', flags: 'program' },
      mqtt: { source: 'agent/programs/mqtt/main.ts', flags: 'program' },
      'device-labels': { source: 'agent/programs/device-labels/main.ts', flags: 'program' },
      loadbalancer: { source: 'agent/programs/loadbalancer/main.ts', flags: 'program' },
      ingress: { source: 'agent/programs/ingress/main.ts', flags: 'program' },
    },
    data: ['agent/daemon-flags.json', 'agent/runtime/cri/cri.proto', 'agent/runtime/cri/containerd.proto'],
  },
  'coracle-hub': {
    first: 'hub',
    programs: { hub: { source: 'hub/main.ts', flags: 'hub' } },
    data: ['hub/kinds/data', 'configs/bootstrap', 'configs/addons'],
    packages: ['sqlite3', 'bindings', 'file-uri-to-path'],
  },
};

/** The architectures binaries are made for, as npm and Debian call them, and Debian's package that compiles for each. */
export const architectures = [
  { npm: 'x64', debian: 'amd64', tools: 'x86_64-linux-gnu', compiler: 'g++' },
  { npm: 'arm64', debian: 'arm64', tools: 'aarch64-linux-gnu', compiler: 'g++-aarch64-linux-gnu' },
];

/** The snap as it is described: what snapcraft and snapd would refuse, and what this project promises of it. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { usualSockets } from '../../../agent/runtime/cri-socket.ts';
import { snapcraftProblems, type Yaml } from '../../support/snapcraft-rules.ts';

const project = fileURLToPath(new URL('../../..', import.meta.url));
const read = (...path: string[]): string => readFileSync(join(project, ...path), 'utf8');
const described = parse(read('snap', 'snapcraft.yaml')) as Yaml;
const snap = described as unknown as {
  version: string;
  platforms: Record<string, { 'build-for': string[] }>;
  apps: Record<string, Record<string, string>>;
  parts: Record<string, { 'override-build'?: string; 'stage-packages'?: string[]; organize?: Record<string, string> }>;
};

describe('snapcraft.yaml', () => {
  it('is what snapcraft takes', () => assert.deepEqual(snapcraftProblems(described), []));

  it('has the version of the project, and its architectures', () => {
    assert.equal(snap.version, (JSON.parse(read('package.json')) as { version: string }).version);
    assert.deepEqual(Object.keys(snap.platforms), ['amd64', 'arm64']);
  });

  it('starts nothing by itself', () => {
    const daemons = Object.entries(snap.apps).filter(([, { daemon }]) => daemon !== undefined);
    assert.deepEqual(
      daemons.map(([name, app]) => [name, app['install-mode']]),
      [...['hub', 'agent', 'containerd', 'join'].map((name) => [name, 'disable'])],
    );
    assert.ok(daemons.every(([, app]) => app['restart-condition'] !== undefined));
  });

  it('watches daemons as closely as systemd units of the Debian package do', () => {
    for (const name of ['hub', 'agent']) {
      const unit = read('configs', 'systemd', `coracle-${name}.service`);
      const said = (key: string): string | undefined => new RegExp(`^${key}=(.*)$`, 'm').exec(unit)?.[1];
      const { daemon, ...app } = snap.apps[name] ?? {};
      assert.equal(daemon, said('Type'));
      assert.equal(app['restart-condition'], said('Restart'));
      assert.equal(app['restart-delay'], said('RestartSec'));
      assert.equal(app['watchdog-timeout'], said('WatchdogSec'));
      assert.equal(app['start-timeout'], said('TimeoutStartSec'));
      assert.equal(app['stop-timeout'], said('TimeoutStopSec'));
      assert.equal(app['stop-mode'] === 'sigterm', said('KillMode') === 'process');
    }
  });

  it('brings containerd, runc, network plugins, their tools and kubectl', () => {
    const packages = Object.values(snap.parts).flatMap((part) => part['stage-packages'] ?? []);
    assert.deepEqual(packages, [
      ...['containerd', 'runc', 'containernetworking-plugins', 'iproute2', 'nftables', 'conntrack'],
    ]);
    assert.deepEqual(snap.parts['kubectl']?.organize, { kubectl: 'bin/kubectl' });
  });
});

describe('scripts of the snap', () => {
  const scripts = ['hooks', 'local'].flatMap((folder) =>
    readdirSync(join(project, 'snap', folder)).map((name) => join('snap', folder, name)),
  );

  it('are executable, and no other shell than sh runs them', () => {
    for (const script of scripts) {
      assert.equal(statSync(join(project, script)).mode & 0o111, 0o111, script);
      assert.match(read(script), /^#!\/bin\/sh\n# .*\n/, script);
      assert.match(read(script), /^set -eu$/m, script);
    }
  });

  it('are all that apps are started by', () => {
    const commands = Object.values(snap.apps).map(({ command = '' }) => command.split(' ')[0]?.replace('bin/', ''));
    const here = scripts.map((script) => script.split('/').at(-1));
    const unknown = commands.filter((name = '') => !['coracle', 'coracle-hub', ...here].includes(name));
    assert.deepEqual(unknown, []);
  });

  it('have the socket that agents look for', () => {
    const [, socket] = /address = "(.*)"/.exec(read('snap', 'local', 'run-containerd')) ?? [];
    assert.ok(usualSockets.includes(socket ?? ''), socket);
  });
});

describe('the rules of snapcraft', () => {
  const good = {
    ...{ name: 'boat', base: 'core24', version: '1', summary: 's', description: 'd', confinement: 'strict' },
    parts: { hull: { plugin: 'nil' } },
    apps: { row: { command: 'bin/row', daemon: 'simple' } },
  };
  const problems = (change: object): string[] => snapcraftProblems({ ...good, ...change } as unknown as Yaml);

  it('have nothing against what is right', () => assert.deepEqual(problems({}), []));

  for (const [what, change, said] of [
    ['an unknown key', { archs: [] }, 'archs: is unknown'],
    ['a name in capitals', { name: 'Boat' }, /^name: is not like/],
    ['a long summary', { summary: 's'.repeat(79) }, 'summary: is no text of at most 78 characters'],
    ['a part without plugin', { parts: { hull: {} } }, 'parts.hull.plugin: is missing'],
    ['a part after a stranger', { parts: { a: { plugin: 'nil', after: ['b'] } } }, 'parts.a.after: there is no b'],
    ['a path from the root', { parts: { a: { plugin: 'nil', prime: ['/bin'] } } }, /^parts\.a\.prime: is not like/],
    ['an app without command', { apps: { row: {} } }, 'apps.row.command: is missing'],
    ['a shell line', { apps: { row: { command: 'a; b' } } }, /^apps\.row\.command: is not like/],
    ['a time without unit', { apps: { row: { command: 'r', daemon: 'simple', 'stop-timeout': '5' } } }, /stop-timeout/],
    ['a daemon of no kind', { apps: { row: { command: 'r', daemon: 'always' } } }, /^apps\.row\.daemon: is none of/],
    ['a restart of no daemon', { apps: { row: { command: 'r', 'restart-delay': '2s' } } }, /restart-delay: is for dae/],
  ] as const) {
    it(`refuse ${what}`, () => {
      const [first = ''] = problems(change);
      if (typeof said === 'string') assert.equal(first, said);
      else assert.match(first, said);
    });
  }
});

/** The life of every addon that comes along: enabled, upgraded, disabled, with nothing left behind; all at the same time. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { AddonStatus, AppliedObject } from '../../hub/api/addon.ts';
import type { KubeObject } from '../../hub/api/object.ts';
import { type AddonRepository, createAddonRepository } from '../support/addon-repository.ts';
import { ApiClient } from '../support/api-client.ts';
import { coracle, startHub, type TestHub } from '../support/coracle.ts';
import { eventually, eventuallyNothing } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { inventory, titleOf } from '../support/inventory.ts';
import { coreAddons, nextAddon, readAddon } from '../support/next-addon.ts';
import { processesOf } from '../support/processes.ts';

const lacks = (program: string): string | false =>
  spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0
    ? false
    : `${program} is not installed (Debian: apt-get install ${program})`;

/** What an addon is told, and why it cannot be tried here. One that has no row is told nothing. */
interface Row {
  readonly told?: (directory: string) => Promise<Record<string, string>>;
  readonly skip?: string | false;
}

const rows: Readonly<Record<string, Row>> = {
  ingress: { told: async () => ({ httpPort: `${await freePort()}`, httpsPort: `${await freePort()}` }) },
  'log-collector': {
    told: async (directory) => ({ directory, state: join(directory, 'state'), podLogs: join(directory, 'none') }),
  },
  mqtt: { told: async () => ({ port: `${await freePort()}` }) },
  registry: {
    told: async () => ({ runtime: 'process', port: `${await freePort()}` }),
    skip: lacks('docker-registry'),
  },
  observability: {
    told: async () => ({ runtime: 'process', port: `${await freePort()}` }),
    skip: lacks('prometheus'),
  },
};

const names = readdirSync(coreAddons).filter(
  (name) => existsSync(join(coreAddons, name, 'addon.yaml')) && readAddon(name).builtIn === undefined,
);
const tried = names.filter((name) => (rows[name]?.skip ?? false) === false);
const label = 'addons.coracle.io/addon';

/** What users made that an addon writes to. */
const ingress = {
  ...{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'bystander' } },
  spec: { ingressClassName: 'coracle', defaultBackend: { service: { name: 'bystander', port: { number: 80 } } } },
};

/** What an addon may not leave on an object that is another's. A node itself may yet tell which board it is. */
const marksOf = ({ kind, metadata, status }: KubeObject): object => ({
  labels: Object.entries(metadata.labels ?? {}).filter(([key]) => key !== 'coracle.io/board'),
  ...(kind === 'Node' ? { annotations: metadata.annotations } : {}),
  addresses: (status as { loadBalancer?: object } | undefined)?.loadBalancer,
});

describe('each addon that comes along', () => {
  const directory = mkdtempSync(join(tmpdir(), 'coracle-lives-'));
  const files = join(directory, 'files');
  let hub: TestHub;
  let client: ApiClient;
  let repository: AddonRepository;
  let processes: readonly string[];
  let nodeFiles: readonly string[];
  let atFirst: ReadonlyMap<string, KubeObject>;
  const enabled = new Map<string, { status: AddonStatus; objects: ReadonlyMap<string, KubeObject> }>();

  const statusOf = async (name: string): Promise<AddonStatus> =>
    (await client.call('GET', `/apis/addons.coracle.io/v1/addons/${name}`)).body.status ?? {};
  const well = async (...words: string[]): Promise<void> => {
    const { code, stdout, stderr } = await coracle([...words, '--data-dir', hub.dir]);
    assert.equal(code, 0, `${words.join(' ')}: ${stderr}${stdout}`);
  };
  const titles = (applied: readonly AppliedObject[] = []): Map<string, AppliedObject> =>
    new Map(applied.map((one) => [titleOf(one.kind, one.namespace, one.name), one]));
  const running = (): string[] => processesOf(hub.dir).map(({ pid, command }) => `${pid} ${command}`);
  const filesOfNode = (): string[] => readdirSync(join(hub.dir, 'agent'), { recursive: true, encoding: 'utf8' });

  before(async () => {
    repository = createAddonRepository(join(directory, 'repository'));
    hub = await startHub(['--runtime', 'process']);
    client = new ApiClient(hub.dir);
    await client.call('POST', '/apis/networking.k8s.io/v1/namespaces/default/ingresses', ingress);
    await eventually('what is built in', async () => (await statusOf('rbac')).phase === 'Ready');
    processes = running();
    atFirst = await inventory(client);
    nodeFiles = filesOfNode();
  });
  after(async () => {
    client?.close();
    await hub?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it('is enabled, all at once', async () => {
    const words = await Promise.all(
      tried.map(async (name) => {
        const told = Object.entries((await rows[name]?.told?.(files)) ?? {});
        return told.length === 0 ? name : `${name}:${told.map((pair) => pair.join('=')).join(',')}`;
      }),
    );
    await well('enable', ...words, '--timeout', '60');
    const objects = await inventory(client);
    for (const name of tried) enabled.set(name, { status: await statusOf(name), objects });
    await eventually('the bystander to be told where it is reached', async () => {
      const path = '/apis/networking.k8s.io/v1/namespaces/default/ingresses/bystander';
      return (await client.call('GET', path)).body.status?.loadBalancer?.ingress?.length > 0;
    });
  });

  it('follows another repository to a next version, all at once', async () => {
    repository.commit(Object.assign({}, ...tried.map((name) => nextAddon(name).files)) as Record<string, string>);
    await well('addons', 'repo', 'add', 'trial', repository.url);
    await well('enable', ...tried, '--source', 'trial', '--timeout', '60');
  });

  for (const name of names)
    it(`${name}: is upgraded without what the next version has not, and nothing else is touched`, {
      skip: rows[name]?.skip ?? false,
    }, async () => {
      const before = enabled.get(name);
      assert.ok(before !== undefined, `${name} was not enabled`);
      const { version, removed, changed } = nextAddon(name);
      const status = await statusOf(name);
      assert.deepEqual([status.version, status.phase, status.ready], [version, 'Ready', status.wanted], status.message);
      const objects = await inventory(client);
      assert.equal(objects.has(removed), false);
      for (const [title, { uid }] of titles(before.status.applied)) {
        if (title === removed) continue;
        const old = before.objects.get(title);
        const now = objects.get(title);
        assert.deepEqual([now?.metadata.uid, titles(status.applied).get(title)?.uid], [uid, uid], title);
        const isChanged: boolean = now?.metadata.generation !== old?.metadata.generation;
        assert.equal(isChanged, title === changed, title);
      }
    });

  it('goes back to the repository that comes along when it is told so', async () => {
    await well('enable', 'device-labels', '--source', 'core', '--timeout', '60');
    assert.equal((await statusOf('device-labels')).version, readAddon('device-labels').version);
  });

  it('is disabled, all of them', () => well('disable', ...tried));

  for (const name of names)
    it(`${name}: leaves nothing that is its own`, { skip: rows[name]?.skip ?? false }, async () => {
      const objects = await inventory(client);
      assert.equal(objects.has(`Addon ${name}`), false);
      const own = [...objects].filter(([, { metadata }]) => metadata.labels?.[label] === name);
      assert.deepEqual(
        own.map(([title]) => title),
        [],
      );
      const applied = [...titles(enabled.get(name)?.status.applied).keys()];
      assert.deepEqual(
        applied.filter((title) => objects.has(title)),
        [],
      );
    });

  it('leaves the cluster as it was: objects of every kind, marks on those of others, processes, files', async () => {
    await eventuallyNothing('objects', async () => {
      const now = await inventory(client);
      const more = [...now.keys()].filter((title) => !atFirst.has(title));
      return [...more, ...[...atFirst.keys()].filter((title) => !now.has(title)).map((title) => `no ${title}`)];
    });
    const now = await inventory(client);
    for (const [title, object] of atFirst) {
      const found = now.get(title);
      if (found !== undefined) assert.deepEqual(marksOf(found), marksOf(object), title);
    }
    await eventuallyNothing('processes', () => running().filter((one) => !processes.includes(one)));
    await eventuallyNothing('files', () =>
      filesOfNode().filter((path) => path.includes('/') && !nodeFiles.includes(path)),
    );
    assert.equal(existsSync(join(files, 'state')), false);
  });
});

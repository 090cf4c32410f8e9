/** The life of one kind of object through its API: discovery, the eight verbs, the four patch types, its status. */
import assert from 'node:assert/strict';
import { type ApiObject, type Cluster, until, type Watching } from './suite.ts';

/** One kind, and what its objects look like. */
export interface Kind {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** The n-th object without apiVersion, kind and metadata; `unique` is a name nobody else uses. */
  body(n: number, unique: string): Record<string, unknown>;
  /** The name of the n-th object; made of `unique` when left out. */
  name?(n: number, unique: string): string;
  /** What a PUT changes besides an annotation. */
  change?(object: ApiObject): void;
  /** By subresource (`status`), two statuses: the first is patched in, the second put. */
  readonly subresources?: Readonly<Record<string, readonly [first: object, second: object]>>;
  /** Writes to subresources leave the metadata as it is. */
  readonly fixedMetadata?: boolean;
  /** Patch types the API server does not have for the kind. */
  readonly without?: readonly ('strategic' | 'apply')[];
}

/** Where the objects of a kind are. */
function pathOf(kind: Kind, namespace?: string): string {
  const base = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  return kind.namespaced && namespace !== undefined
    ? `${base}/namespaces/${namespace}/${kind.resource}`
    : `${base}/${kind.resource}`;
}

/** Throws when something of `expected` is missing in `actual`: fields, or items of a list in order. */
function assertHolds(actual: unknown, expected: unknown, where = ''): void {
  if (typeof expected !== 'object' || expected === null) {
    assert.deepEqual(actual, expected, `${where}: ${JSON.stringify(actual)} is not ${JSON.stringify(expected)}`);
    return;
  }
  assert.ok(typeof actual === 'object' && actual !== null, `${where} is ${JSON.stringify(actual)}`);
  for (const [key, value] of Object.entries(expected)) {
    assertHolds((actual as Record<string, unknown>)[key], value, `${where}.${key}`);
  }
}

const allVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** What discovery says of the kind. */
async function assertDiscovered(cluster: Cluster, kind: Kind): Promise<void> {
  const { group, version, resource } = kind;
  const groupVersion = group === '' ? version : `${group}/${version}`;
  if (group !== '') {
    const { groups } = await cluster.ok<{ groups: { name: string; versions: { groupVersion: string }[] }[] }>(
      'GET',
      '/apis',
    );
    const found = groups.find((one) => one.name === group);
    assert.ok(found?.versions.some((one) => one.groupVersion === groupVersion));
    const alone = await cluster.ok<{ versions: { groupVersion: string }[] }>('GET', `/apis/${group}`);
    assert.ok(alone.versions.some((one) => one.groupVersion === groupVersion));
  }
  const list = await cluster.ok<{ resources: { name: string; verbs: string[]; namespaced: boolean; kind: string }[] }>(
    'GET',
    group === '' ? '/api/v1' : `/apis/${groupVersion}`,
  );
  const row = list.resources.find((one) => one.name === resource);
  assert.equal(row?.kind, kind.kind);
  assert.equal(row?.namespaced, kind.namespaced);
  assert.deepEqual([...(row?.verbs ?? [])].sort(), allVerbs);
  for (const name of Object.keys(kind.subresources ?? {})) {
    const below = list.resources.find((one) => one.name === `${resource}/${name}`);
    assert.deepEqual([...(below?.verbs ?? [])].sort(), ['get', 'patch', 'update'], `${resource}/${name}`);
  }
}

/** Everything one test does with its objects. */
class Life {
  readonly #cluster: Cluster;
  readonly #kind: Kind;
  readonly #path: string;
  readonly #selector: string;
  #watch: Watching | undefined;

  constructor(cluster: Cluster, kind: Kind) {
    this.#cluster = cluster;
    this.#kind = kind;
    this.#path = pathOf(kind, cluster.namespace);
    this.#selector = `labelSelector=life%3D${cluster.namespace}`;
    cluster.after(() => this.#cluster.api('DELETE', `${this.#path}?${this.#selector}`));
  }

  object(n: number): ApiObject {
    const { group, version, kind, body, name } = this.#kind;
    const unique = this.#cluster.namespace;
    return {
      apiVersion: group === '' ? version : `${group}/${version}`,
      kind,
      metadata: { name: name?.(n, unique) ?? `${unique}-${n}`, labels: { life: unique } } as never,
      ...body(n, unique),
    };
  }

  at(n: number, sub = ''): string {
    return `${this.#path}/${this.object(n).metadata.name}${sub === '' ? '' : `/${sub}`}`;
  }

  async run(): Promise<void> {
    await this.#create();
    await this.#read();
    await this.#patch();
    await this.#update();
    for (const [name, statuses] of Object.entries(this.#kind.subresources ?? {})) {
      await this.#subresource(name, ...statuses);
    }
    await this.#remove();
  }

  async #create(): Promise<void> {
    this.#watch = await this.#cluster.watch(`${this.#path}?watch=true&${this.#selector}`);
    for (const n of [1, 2, 3]) {
      const created = await this.#cluster.ok('POST', this.#path, this.object(n));
      assertHolds(created, this.object(n));
      assert.ok(created.metadata.uid);
    }
    const twice = await this.#cluster.api('POST', this.#path, this.object(1));
    assert.equal(twice.status, 409);
    assert.equal(twice.body['reason'], 'AlreadyExists');
    await this.#seen('ADDED', (object) => object.metadata.name === this.object(3).metadata.name);
  }

  async #read(): Promise<void> {
    const { items, ok } = this.#cluster;
    assertHolds(await ok('GET', this.at(1)), this.object(1));
    const names = [1, 2, 3].map((n) => this.object(n).metadata.name);
    const found = async (path: string): Promise<string[]> =>
      (await items(`${path}?${this.#selector}`)).map((one) => one.metadata.name);
    assert.deepEqual(await found(this.#path), [...names].sort());
    if (this.#kind.namespaced) assert.deepEqual(await found(pathOf(this.#kind)), [...names].sort());
  }

  /** Every patch type leaves its mark, moves the resourceVersion on, and reaches the watch. */
  async #patch(): Promise<void> {
    const { ok } = this.#cluster;
    const { without = [] } = this.#kind;
    const mark = (type: string): object => ({ metadata: { annotations: { [type]: 'patched' } } });
    const first = this.object(1);
    const bodies = {
      merge: mark('merge'),
      strategic: mark('strategic'),
      json: [{ op: 'add', path: '/metadata/annotations/json', value: 'patched' }],
      apply: {
        apiVersion: first.apiVersion,
        kind: first.kind,
        metadata: { name: first.metadata.name, annotations: { apply: 'patched' } },
      },
    };
    let before = await ok('GET', this.at(1));
    for (const type of ['merge', 'strategic', 'json', 'apply'] as const) {
      if (without.includes(type as 'apply')) continue;
      const query = type === 'apply' ? '?fieldManager=conformance&force=true' : '';
      const after = await this.#cluster.patch(type, this.at(1) + query, bodies[type]);
      assert.equal(after.metadata.annotations?.[type], 'patched');
      assert.notEqual(after.metadata.resourceVersion, before.metadata.resourceVersion);
      await this.#seen('MODIFIED', (object) => object.metadata.resourceVersion === after.metadata.resourceVersion);
      before = after;
    }
    assertHolds(await ok('GET', this.at(1)), this.object(1));
  }

  async #update(): Promise<void> {
    const { api, ok } = this.#cluster;
    let wanted = await ok('GET', this.at(2));
    const stale = structuredClone(wanted);
    let answer = await api('PUT', this.at(2), this.#changed(wanted));
    // controllers of the cluster may write in between, as they may to any client
    for (let tries = 0; answer.status === 409 && tries < 5; tries += 1) {
      wanted = await ok('GET', this.at(2));
      answer = await api('PUT', this.at(2), this.#changed(wanted));
    }
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    const { status: _, ...rest } = wanted;
    assertHolds(answer.body, { ...rest, metadata: { annotations: { put: 'yes' } } });
    await this.#seen('MODIFIED', (object) => object.metadata.resourceVersion === answer.body.metadata.resourceVersion);
    const late = await api('PUT', this.at(2), {
      ...stale,
      metadata: { ...stale.metadata, annotations: { late: '1' } },
    });
    assert.equal(late.status, 409);
    assert.equal(late.body['reason'], 'Conflict');
  }

  #changed(object: ApiObject): ApiObject {
    object.metadata.annotations = { ...object.metadata.annotations, put: 'yes' };
    this.#kind.change?.(object);
    return object;
  }

  async #subresource(name: string, first: object, second: object): Promise<void> {
    const { api, ok, patch } = this.#cluster;
    const at = this.at(1, name);
    const patched = await patch('merge', at, { metadata: { annotations: { [name]: 'patched' } }, status: first });
    assertHolds(patched, { status: first });
    assert.equal(patched.metadata.annotations?.[name], this.#kind.fixedMetadata === true ? undefined : 'patched');
    assertHolds(await ok('GET', at), { status: first });
    let put = await api('PUT', at, { ...(await ok('GET', at)), status: second });
    for (let tries = 0; put.status === 409 && tries < 5; tries += 1) {
      put = await api('PUT', at, { ...(await ok('GET', at)), status: second });
    }
    assertHolds(put.body, { status: second });
    const whole = await ok('GET', this.at(1));
    assertHolds(whole, { status: second });
    assertHolds(whole, this.object(1));
  }

  async #remove(): Promise<void> {
    const { api, gone, items } = this.#cluster;
    const removed = await api('DELETE', this.at(3));
    assert.ok(removed.status < 300, JSON.stringify(removed.body));
    await gone(this.at(3));
    await this.#seen('DELETED', (object) => object.metadata.name === this.object(3).metadata.name);
    const all = await api('DELETE', `${this.#path}?${this.#selector}`);
    assert.equal(all.status, 200, JSON.stringify(all.body));
    await until(async () => (await items(`${this.#path}?${this.#selector}`)).length === 0);
    await this.#seen('DELETED', (object) => object.metadata.name === this.object(1).metadata.name);
  }

  async #seen(type: string, wanted: (object: ApiObject) => boolean): Promise<void> {
    await until(
      () => this.#watch?.events.some((event) => event.type === type && wanted(event.object)) === true,
      10,
    ).catch(() => {
      throw new Error(
        `the watch did not see ${type}: ${JSON.stringify(this.#watch?.events.map((event) => [event.type, event.object.metadata.name]))}`,
      );
    });
  }
}

/** Plays the whole life of three objects of a kind. */
export async function crud(cluster: Cluster, kind: Kind): Promise<void> {
  await assertDiscovered(cluster, kind);
  await new Life(cluster, kind).run();
}

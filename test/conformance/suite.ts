/** What a conformance test is written with: its line, a cluster that runs, and a namespace of its own. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { it } from 'node:test';
import { type Answer, type ApiObject, Client, type Sent, type WatchEvent, type Watching } from './client.ts';
import { readLines, titleOf } from './lines.ts';

export type { Answer, ApiObject, WatchEvent, Watching };

const lines = new Map(readLines().map((line) => [titleOf(line), line]));

/** The names of the four patch types. */
const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

/** How a command ended. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a test works with. */
export interface Cluster {
  /** A namespace that exists for this test alone, its ServiceAccount ready; also a name nobody else uses. */
  readonly namespace: string;
  /** The hub's data directory, where its kubeconfig is. */
  readonly dataDir: string;
  /** One request as administrator, whatever the answer. */
  api<T = ApiObject>(method: string, path: string, body?: unknown, more?: Omit<Sent, 'body'>): Promise<Answer<T>>;
  /** One request that must succeed: its body. */
  ok<T = ApiObject>(method: string, path: string, body?: unknown, more?: Omit<Sent, 'body'>): Promise<T>;
  /** A patch that must succeed: the object after it. */
  patch<T = ApiObject>(type: keyof typeof patchTypes, path: string, body: unknown): Promise<T>;
  /** The objects of a list, apiVersion and kind left out as the API does. */
  items(path: string): Promise<ApiObject[]>;
  /** Events of a watch, in the order they came; it ends with the test. */
  watch(path: string): Promise<Watching>;
  /** Reads an object until it is as wanted, and answers it; not being there is not being as wanted. */
  eventually(path: string, wanted: (object: ApiObject) => boolean, seconds?: number): Promise<ApiObject>;
  /** Waits until there is no such object any more. */
  gone(path: string, seconds?: number): Promise<void>;
  /** The real kubectl in the test's namespace; throws with its words when it fails. */
  kubectl(args: readonly string[], input?: string): string;
  /** The real kubectl in the test's namespace, however it ends. */
  tryKubectl(args: readonly string[], input?: string): Ran;
  /** Where a path is by WebSocket, and the administrator's certificate. */
  address: Client['address'];
  /** Runs at the end of the test, whatever happened: for what does not go with the namespace. */
  after(cleanup: () => unknown): void;
}

let counter = 0;

function clusterOf(client: Client, dataDir: string, namespace: string, after: Cluster['after']): Cluster {
  const api: Cluster['api'] = (method, path, body, more) => client.call(method, path, { body, ...more });
  const ok: Cluster['ok'] = async <T>(...call: Parameters<Cluster['ok']>): Promise<T> => {
    const answer = await api<T>(...call);
    if (answer.status < 300) return answer.body;
    throw new Error(`${call[0]} ${call[1]}: ${answer.status} ${JSON.stringify(answer.body)}`);
  };
  const tryKubectl: Cluster['tryKubectl'] = (args, input = '') => {
    const env = { ...process.env, KUBECONFIG: join(dataDir, 'kubeconfig') };
    const ran = spawnSync('kubectl', ['--namespace', namespace, ...args], {
      env,
      input,
      encoding: 'utf8',
      timeout: 60_000,
    });
    return { code: ran.status ?? 128, stdout: ran.stdout, stderr: ran.stderr };
  };
  return {
    namespace,
    dataDir,
    api,
    ok,
    tryKubectl,
    after,
    patch: (type, path, body) => ok('PATCH', path, body, { type: patchTypes[type] }),
    items: async (path) => (await ok<{ items: ApiObject[] | null }>('GET', path)).items ?? [],
    watch: (path) => client.watch(path),
    address: (path) => client.address(path),
    async eventually(path, wanted, seconds) {
      let last: Answer<ApiObject> | undefined;
      const look = async (): Promise<boolean> => {
        last = await api('GET', path);
        return last.status === 200 && wanted(last.body);
      };
      await until(look, seconds).catch((error: Error) => {
        throw new Error(
          `${path}: ${wanted.toString()}: ${error.message}; ${JSON.stringify({ ...last?.body, metadata: undefined })}`,
        );
      });
      return last?.body as ApiObject;
    },
    async gone(path, seconds) {
      await until(async () => (await api('GET', path)).status === 404, seconds);
    },
    kubectl(args, input) {
      const { code, stdout, stderr } = tryKubectl(args, input);
      if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
      return stdout;
    },
  };
}

/** Registers the test of one line of lines.tsv; a title that is not there is an error. It has two minutes unless said. */
export function conformance(
  title: string,
  test: (cluster: Cluster) => Promise<void>,
  options: { minutes: number } = { minutes: 2 },
): void {
  if (!lines.has(title)) throw new Error(`no line "${title}" in lines.tsv up to our level`);
  it(title, { timeout: options.minutes * 60_000 }, async () => {
    const dir = process.env['CORACLE_CONFORMANCE_DIR'];
    if (dir === undefined) throw new Error('run these tests with `npm run test:conformance`');
    counter += 1;
    const namespace = `conformance-${process.pid}-${counter}`;
    const client = new Client(dir);
    const cleanups: (() => unknown)[] = [];
    const cluster = clusterOf(client, dir, namespace, (cleanup) => cleanups.push(cleanup));
    try {
      await createNamespace(cluster, namespace);
      await test(cluster);
    } finally {
      for (const cleanup of cleanups.reverse()) await cleanup();
      await cluster.api('DELETE', `/api/v1/namespaces/${namespace}`);
      client.close();
    }
  });
}

/** Makes a namespace and waits for its ServiceAccount. */
export async function createNamespace(
  { api, ok }: Pick<Cluster, 'api' | 'ok'>,
  name: string,
  labels: Record<string, string> = {},
): Promise<void> {
  await ok('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
  await until(async () => (await api('GET', `/api/v1/namespaces/${name}/serviceaccounts/default`)).status === 200);
}

/** Waits until `condition` holds, looking every 50 ms; throws after `seconds`. */
export async function until(condition: () => Promise<boolean> | boolean, seconds = 30): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`did not come true in ${seconds} s: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What a conformance test is written with: its line, a cluster that runs, and a namespace of its own. */
import { it } from 'node:test';
import { LoadClient } from '../bench/load-client.ts';
import { kubectl as runKubectl } from '../support/coracle.ts';
import { readLines, titleOf } from './lines.ts';

const lines = new Map(readLines().map((line) => [titleOf(line), line]));

/** An answer of the API, parsed. */
export interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

/** What a test works with. */
export interface Cluster {
  /** A namespace that exists for this test alone, its ServiceAccount ready. */
  readonly namespace: string;
  /** One request as administrator; an object's JSON. `type` is the content type of the body. */
  api<T = Record<string, unknown>>(method: string, path: string, body?: unknown, type?: string): Promise<Answer<T>>;
  /** Events of a watch, in the order they came; `close` ends it. */
  watch(path: string): Promise<{ events: WatchEvent[]; close: () => void }>;
  /** The real kubectl in the test's namespace; throws with its words when it fails. */
  kubectl(args: readonly string[], input?: string): string;
}

/** One line of a watch. */
export interface WatchEvent {
  readonly type: string;
  readonly object: {
    metadata: { name: string; resourceVersion: string; labels?: Record<string, string> };
    [field: string]: unknown;
  };
}

let counter = 0;

/** Registers the test of one line of lines.tsv; a title that is not there is an error. */
export function conformance(title: string, test: (cluster: Cluster) => Promise<void>): void {
  if (!lines.has(title)) throw new Error(`no line "${title}" in lines.tsv up to our level`);
  it(title, { timeout: 120_000 }, async () => {
    const dir = process.env['CORACLE_CONFORMANCE_DIR'];
    if (dir === undefined) throw new Error('run these tests with `npm run test:conformance`');
    counter += 1;
    const namespace = `conformance-${process.pid}-${counter}`;
    const client = new LoadClient(dir, 8);
    const api = async <T>(method: string, path: string, body?: unknown, type?: string): Promise<Answer<T>> => {
      const answer = await client.call(method, path, body, type);
      const text = answer.text();
      return { status: answer.status, body: (text.startsWith('{') ? JSON.parse(text) : text) as T };
    };
    try {
      await api('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
      await until(
        async () => (await api('GET', `/api/v1/namespaces/${namespace}/serviceaccounts/default`)).status === 200,
      );
      await test({
        namespace,
        api,
        async watch(path) {
          const events: WatchEvent[] = [];
          const close = await client.watch(path, (line) => events.push(JSON.parse(line) as WatchEvent));
          return { events, close };
        },
        kubectl: (args, input) => runKubectl(dir, ['--namespace', namespace, ...args], input),
      });
    } finally {
      await api('DELETE', `/api/v1/namespaces/${namespace}`);
      client.close();
    }
  });
}

/** Waits until `condition` holds, looking every 50 ms; throws after `seconds`. */
export async function until(condition: () => Promise<boolean> | boolean, seconds = 30): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`did not come true in ${seconds} s: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * Pods that serve and Pods that call, on the network the nodes share. Every one of them answers its own name, over HTTP and
 * over UDP (image `tools`).
 */
import type { Dialled } from '../support/images/tools/dial.ts';
import { image } from './images.ts';
import { core, isReady, type More, pod, podSpec } from './objects.ts';
import { type ApiObject, type Cluster, until } from './suite.ts';

/** Seconds for what images, containers and two nodes have to do; the official tests give as much or more. */
export const patience = 90;

/** What they listen on. */
export const serving = { http: 8080, udp: 8081 } as const;

/** A container that serves; `arguments` of the tool `serve` when it is not all it can. */
export function server(more: More = {}, words?: readonly string[]): More {
  const readinessProbe = { httpGet: { path: '/hostname', port: serving.http }, periodSeconds: 1 };
  const args = words === undefined ? {} : { args: ['serve', ...words] };
  return { name: 'main', image: image('tools:1'), readinessProbe, ...args, ...more };
}

/** A spec with that container. */
export const serverSpec = (more: More = {}): More => podSpec(undefined, { containers: [server()], ...more });

/** Makes Pods and waits until all are Ready; answers them in this order. */
export async function runAll(cluster: Cluster, pods: readonly ApiObject[]): Promise<ApiObject[]> {
  for (const each of pods) await cluster.ok('POST', core(cluster, 'pods'), each);
  const ready: ApiObject[] = [];
  for (const { metadata } of pods)
    ready.push(await cluster.eventually(core(cluster, 'pods', metadata.name), isReady, patience));
  return ready;
}

/** Pods that serve behind a Service: `app` and a number for name, `app` for label, spread over the nodes. */
export async function runServers(cluster: Cluster, app: string, count: number): Promise<string[]> {
  const names = (await nodes(cluster)).map(({ name }) => name);
  const pods = Array.from({ length: count }, (_, at) =>
    pod(`${app}-${at}`, serverSpec({ nodeName: names[at % names.length] }), { app }),
  );
  return (await runAll(cluster, pods)).map(({ metadata }) => metadata.name);
}

/** The nodes, by name, each with its address. */
export async function nodes(cluster: Cluster): Promise<{ name: string; address: string }[]> {
  const found = (await cluster.items('/api/v1/nodes')).map(({ metadata, status }) => {
    const addresses = status.addresses as { type: string; address: string }[];
    return { name: metadata.name, address: addresses.find(({ type }) => type === 'InternalIP')?.address ?? '' };
  });
  return found.sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** A Pod that asks others. */
export interface Caller {
  /** Who answered, in order, of so many calls one after the other; a call without an answer leaves nothing. */
  call(target: string, times?: number): string[];
  /** Waits until all of many calls are answered, by each of these and nobody else. */
  reaches(target: string, names: readonly string[]): Promise<void>;
  /** Waits until nobody answers. */
  reachesNobody(target: string): Promise<void>;
  /** What DNS says: addresses as programs look them up, or records of one type; nothing when there is none. */
  resolve(name: string, type?: string): string[];
}

/** Calls that show who answers: one of three is missed by none of them once in 10,000,000,000 times. */
const many = 60;

/** Makes a Pod that asks others and serves nothing: on the node's own network it takes no port. */
export async function runCaller(cluster: Cluster, spec: More = {}, name = 'caller'): Promise<Caller> {
  const main = { name: 'main', image: image('tools:1'), args: ['pause'] };
  await runAll(cluster, [pod(name, podSpec(undefined, { containers: [main], ...spec }))]);
  return callerIn(cluster, name);
}

/** The same in a Pod that is there. */
export function callerIn(cluster: Cluster, name: string): Caller {
  const tool = (...words: string[]): string | undefined => {
    const { stdout } = cluster.tryKubectl(['exec', name, '--', '/bin/tools', ...words]);
    return stdout.split('\n').find((line) => /^[{[]/.test(line));
  };
  const call: Caller['call'] = (target, times = 1) => {
    const line = tool('dial', target, '--tries', String(times), '--timeout', '2000');
    if (line === undefined) throw new Error(`${name} could not be told to call ${target}`);
    return (JSON.parse(line) as Dialled).answers;
  };
  const answers = (target: string, times: number): string => {
    const all = call(target, times);
    return all.length < times ? 'some calls without an answer' : [...new Set(all)].sort().join(' ');
  };
  return {
    call,
    async reaches(target, names) {
      const wanted = [...names].sort().join(' ');
      let last = '';
      const look = (): boolean => {
        // one first: many that fail take long
        last = call(target).join(' ') && answers(target, names.length === 1 ? 3 : many);
        return last === wanted;
      };
      await until(look, patience).catch(() => {
        throw new Error(`${name} asked ${target}: "${last}" answered, not "${wanted}"`);
      });
    },
    reachesNobody: (target) => until(() => call(target).length === 0, patience),
    resolve: (asked, type) => JSON.parse(tool('resolve', asked, ...(type === undefined ? [] : [type])) ?? '[]'),
  };
}

/** An application of three tiers that find each other by name, made and asked through kubectl and the API. */
import assert from 'node:assert/strict';
import { image } from '../images.ts';
import { isReady, podsOf } from '../objects.ts';
import { type Cluster, conformance, until } from '../suite.ts';

/** One program for the three tiers: the primary keeps, replicas are told, the frontend asks both by their Services. */
const program = `
const { createServer } = require('node:http');
const role = process.env.ROLE;
const store = new Map();
const replicas = new Set();
const primary = 'http://agnhost-primary:6379';
const ask = async (url) => (await fetch(url)).text();
const answer = async ({ pathname, searchParams: query }) => {
  const [key, value] = [query.get('key'), query.get('value')];
  if (pathname === '/register') { replicas.add(query.get('host')); return JSON.stringify([...store]); }
  if (pathname === '/set') {
    store.set(key, value);
    await Promise.all([...replicas].map((host) => ask('http://' + host + ':6379/set?key=' + key + '&value=' + value).catch(() => {})));
    return '';
  }
  if (pathname === '/get') return store.get(key) ?? '';
  if (query.get('cmd') === 'set') { await ask(primary + '/set?key=' + key + '&value=' + value); return JSON.stringify({ message: 'Updated' }); }
  return JSON.stringify({ data: await ask('http://agnhost-replica:6379/get?key=' + key) });
};
createServer((asked, sent) => {
  answer(new URL(asked.url, 'http://here')).then((text) => sent.end(text), (error) => { sent.statusCode = 500; sent.end(String(error)); });
}).listen(role === 'frontend' ? 80 : 6379);
const register = async () => {
  try {
    for (const [key, value] of JSON.parse(await ask(primary + '/register?host=' + process.env.IP))) store.set(key, value);
  } catch { setTimeout(register, 500); }
};
if (role === 'replica') register();
`;

/** Name, what the program is there, how many of it, and its port. */
type Tier = readonly [name: string, role: string, replicas: number, port: number];

const manifest = ([name, role, replicas, port]: Tier): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: [
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name, labels: { app: name } },
        spec: { ports: [{ port }], selector: { app: name } },
      },
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name },
        spec: {
          replicas,
          selector: { matchLabels: { app: name } },
          template: {
            metadata: { labels: { app: name } },
            spec: {
              terminationGracePeriodSeconds: 1,
              containers: [
                {
                  name: 'main',
                  image: image('tools:1'),
                  command: ['/usr/bin/node', '-e', program],
                  ports: [{ containerPort: port }],
                  readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
                  env: [
                    { name: 'ROLE', value: role },
                    { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
                  ],
                },
              ],
            },
          },
        },
      },
    ],
  });

const tiers: readonly Tier[] = [
  ['agnhost-replica', 'replica', 2, 6379],
  ['frontend', 'frontend', 3, 80],
  ['agnhost-primary', 'primary', 1, 6379],
];

async function guestbook(cluster: Cluster, query: string): Promise<string> {
  const path = `/api/v1/namespaces/${cluster.namespace}/services/frontend/proxy/guestbook?${query}`;
  return JSON.stringify((await cluster.api<unknown>('GET', path)).body);
}

conformance(
  '[sig-cli] kubectl.go: guestbook',
  async (cluster) => {
    for (const tier of tiers) cluster.kubectl(['create', '-f', '-'], manifest(tier));
    for (const [name, , replicas] of tiers)
      await until(async () => {
        const pods = await podsOf(cluster, name);
        return pods.length === replicas && pods.every(isReady);
      }, 120);
    await until(async () => (await guestbook(cluster, 'cmd=get&key=messages&value=')).includes('"data'), 60);
    await until(async () => (await guestbook(cluster, 'cmd=set&key=messages&value=TestEntry')).includes('Updated'), 60);
    await until(async () => (await guestbook(cluster, 'cmd=get&key=messages&value=')).includes('TestEntry'), 60);
    assert.equal((await podsOf(cluster, 'frontend')).length, 3);
    for (const tier of tiers) cluster.kubectl(['delete', '--grace-period=0', '--force', '-f', '-'], manifest(tier));
  },
  { minutes: 6 },
);

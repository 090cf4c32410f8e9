/** The cluster's DNS as Pods find it. */
import assert from 'node:assert/strict';
import { image } from '../images.ts';
import { core, type More, pod, podSpec, runPod } from '../objects.ts';
import { type ApiObject, type Cluster, conformance, until } from '../suite.ts';

/** A Pod with the tool `resolve` in it, and how to ask from there. */
interface Asking {
  readonly pod: ApiObject;
  /** What a type of record is found as: of an SRV record `port name`; how it failed when it did. */
  ask(name: string, type: string, over?: 'udp' | 'tcp'): string[];
  /** What programs find: /etc/hosts and the search list count. */
  lookUp(name: string): string[];
  run(...command: string[]): string;
}

async function asking(cluster: Cluster, spec: More = {}, labels: Record<string, string> = {}): Promise<Asking> {
  const main = { name: 'main', image: image('tools:1'), command: ['/bin/sh', '-c', 'exec sleep 1000'] };
  const made = await runPod(cluster, pod('asking', podSpec(undefined, { containers: [main], ...spec }), labels));
  const run = (...command: string[]): string => cluster.kubectl(['exec', 'asking', '--', ...command]);
  const resolve = (...words: string[]): string[] => {
    const { code, stdout, stderr } = cluster.tryKubectl(['exec', 'asking', '--', '/bin/tools', 'resolve', ...words]);
    if (code !== 0) return [stderr];
    return (JSON.parse(stdout) as (string | { name: string; port: number })[])
      .map((one) => (typeof one === 'string' ? one : `${one.port} ${one.name}`))
      .sort();
  };
  return {
    pod: made,
    run,
    ask: (name, type, over = 'udp') => resolve(name, type, ...(over === 'tcp' ? ['--tcp'] : [])),
    lookUp: (name) => resolve(name),
  };
}

const domain = 'svc.cluster.local';
const http = [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }];

async function makeService(cluster: Cluster, name: string, spec: More): Promise<ApiObject> {
  const metadata = { name } as never;
  return cluster.ok('POST', core(cluster, 'services'), { apiVersion: 'v1', kind: 'Service', metadata, spec });
}

const reversed = (address: string): string => `${address.split('.').reverse().join('.')}.in-addr.arpa`;

/** Both ways to ask find this. */
function found({ ask }: Asking, name: string, type: string, expected: readonly string[]): Promise<void> {
  return until(() =>
    (['udp', 'tcp'] as const).every((over) => JSON.stringify(ask(name, type, over)) === JSON.stringify(expected)),
  );
}

conformance('[sig-network] dns.go: cluster DNS', async (cluster) => {
  const asker = await asking(cluster);
  const { clusterIP } = (await cluster.ok('GET', '/api/v1/namespaces/default/services/kubernetes'))['spec'];
  await found(asker, `kubernetes.default.${domain}`, 'A', [clusterIP]);
  for (const name of ['kubernetes.default', 'kubernetes.default.svc', `kubernetes.default.${domain}`])
    assert.deepEqual(asker.lookUp(name), [clusterIP], name);
});

conformance('[sig-network] dns.go: services DNS', async (cluster) => {
  const labels = { 'dns-test': 'true' };
  const asker = await asking(cluster, {}, labels);
  const address = asker.pod['status'].podIP as string;
  const normal = await makeService(cluster, 'normal', { selector: labels, ports: http });
  await makeService(cluster, 'headless', { selector: labels, ports: http, clusterIP: 'None' });
  const [own, bare] = ['normal', 'headless'].map((name) => `${name}.${cluster.namespace}.${domain}`) as [
    string,
    string,
  ];
  const endpoint = `${address.replaceAll('.', '-')}.${bare}`;
  const { clusterIP } = normal['spec'];
  await found(asker, own, 'A', [clusterIP]);
  await found(asker, bare, 'A', [address]);
  await found(asker, `_http._tcp.${own}`, 'SRV', [`80 ${own}`]);
  await found(asker, `_http._tcp.${bare}`, 'SRV', [`8080 ${endpoint}`]);
  await found(asker, endpoint, 'A', [address]);
  await found(asker, reversed(clusterIP), 'PTR', [own]);
});

conformance('[sig-network] dns.go: partial names', async (cluster) => {
  const labels = { 'dns-test': 'true' };
  const asker = await asking(cluster, {}, labels);
  const { clusterIP } = (await makeService(cluster, 'partial', { selector: labels, ports: http }))['spec'];
  const name = `partial.${cluster.namespace}`;
  for (const each of ['partial', name, `${name}.svc`])
    await until(() => JSON.stringify(asker.lookUp(each)) === JSON.stringify([clusterIP]));
  // the search list is the resolver's own affair: each name it leads to is asked
  for (const each of ['_http._tcp.partial', `_http._tcp.${name}`, `_http._tcp.${name}.svc`]) {
    const searched = searchList(asker.run('cat', '/etc/resolv.conf')).map((suffix) => `${each}.${suffix}`);
    const answers = searched.map((full) => asker.ask(full, 'SRV', 'tcp'));
    assert.ok(
      answers.some(([first]) => first === `80 ${name}.${domain}`),
      `${each}: ${JSON.stringify(answers)}`,
    );
  }
});

function searchList(resolvConf: string): string[] {
  return (/^search (.*)$/m.exec(resolvConf)?.[1] ?? '').split(' ');
}

conformance('[sig-network] dns.go: /etc/hosts entries', async (cluster) => {
  await makeService(cluster, 'hosts', { selector: { 'dns-test': 'true' }, ports: http, clusterIP: 'None' });
  // nobody answers there: only the file can
  const dns = { dnsPolicy: 'None', dnsConfig: { nameservers: ['192.0.2.1'] } };
  const spec = { hostname: 'querier', subdomain: 'hosts', ...dns };
  const { pod: made, lookUp, run } = await asking(cluster, spec, { 'dns-test': 'true' });
  const { podIP } = made['status'];
  const name = `querier.hosts.${cluster.namespace}.${domain}`;
  assert.deepEqual([lookUp(name), lookUp('querier')], [[podIP], [podIP]]);
  assert.equal(run('hostname').trim(), 'querier');
});

conformance('[sig-network] dns.go: pod hostname DNS', async (cluster) => {
  const labels = { 'dns-test': 'hostname' };
  await makeService(cluster, 'sub', { selector: labels, ports: http, clusterIP: 'None' });
  const asker = await asking(cluster, { hostname: 'querier', subdomain: 'sub' }, labels);
  await found(asker, `querier.sub.${cluster.namespace}.${domain}`, 'A', [asker.pod['status'].podIP]);
});

conformance('[sig-network] dns.go: pod subdomain DNS', async (cluster) => {
  const labels = { 'dns-test': 'subdomain' };
  await makeService(cluster, 'sub', { selector: labels, ports: http, clusterIP: 'None' });
  const asker = await asking(cluster, { hostname: 'querier', subdomain: 'sub' }, labels);
  await found(asker, `sub.${cluster.namespace}.${domain}`, 'A', [asker.pod['status'].podIP]);
});

conformance('[sig-network] dns.go: ExternalName DNS', async (cluster) => {
  const asker = await asking(cluster);
  const path = core(cluster, 'services', 'out');
  const name = `out.${cluster.namespace}.${domain}`;
  await makeService(cluster, 'out', { type: 'ExternalName', externalName: 'foo.example.com' });
  await found(asker, name, 'CNAME', ['foo.example.com']);
  await cluster.patch('merge', path, { spec: { externalName: 'bar.example.com' } });
  await found(asker, name, 'CNAME', ['bar.example.com']);
  const spec = { type: 'ClusterIP', externalName: null, ports: http };
  const { clusterIP } = (await cluster.patch('merge', path, { spec }))['spec'];
  await found(asker, name, 'A', [clusterIP]);
});

conformance('[sig-network] dns.go: custom dnsConfig', async (cluster) => {
  const dnsConfig = { nameservers: ['1.1.1.1'], searches: ['resolv.conf.local'] };
  const { run } = await asking(cluster, { dnsPolicy: 'None', dnsConfig });
  assert.equal(run('cat', '/etc/resolv.conf'), 'search resolv.conf.local\nnameserver 1.1.1.1\n');
});

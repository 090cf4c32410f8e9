/** Proxying to Pods and Services through the API. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { issueCertificate } from '../../../hub/base/x509/certificate.ts';
import { core, pod, podSpec, runPod } from '../objects.ts';
import { type Cluster, conformance, until } from '../suite.ts';
import { folder, freePort, webContainer, webSpec } from '../web-server.ts';

interface Told {
  method: string;
  path: string;
  pod: string;
}

/** Runs a Pod that serves, and a Service in front of it; answers where the two are proxied. */
async function serve(cluster: Cluster): Promise<string[]> {
  const port = await freePort();
  await runPod(cluster, pod('agnhost', webSpec(cluster, { port }), { app: 'agnhost' }));
  await cluster.ok('POST', core(cluster, 'services'), {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'test-service' },
    spec: { selector: { app: 'agnhost' }, ports: [{ port: 80, targetPort: port }] },
  });
  await cluster.eventually(core(cluster, 'endpoints', 'test-service'), (one) => one['subsets']?.length > 0);
  return [`${core(cluster, 'pods', 'agnhost')}/proxy`, `${core(cluster, 'services', 'test-service')}/proxy`];
}

const verbs = ['DELETE', 'OPTIONS', 'PATCH', 'POST', 'PUT'];

conformance('[sig-network] proxy.go: pod/service Proxy verbs', async (cluster) => {
  for (const path of await serve(cluster)) {
    for (const method of verbs) {
      const { status, body } = await cluster.api<Told>(method, path);
      assert.equal(status, 200, `${method} ${path}`);
      assert.equal(body.method, method);
      assert.equal(body.pod, 'agnhost');
    }
    for (const method of ['GET', 'HEAD']) {
      const { status } = await cluster.api(method, path);
      assert.equal(status, 301, `${method} ${path}`);
    }
  }
});

conformance('[sig-network] proxy.go: pod/service ProxyWithPath verbs', async (cluster) => {
  for (const path of await serve(cluster)) {
    for (const method of [...verbs, 'GET', 'HEAD']) {
      const { status, body } = await cluster.api<Told>(method, `${path}/some/path/with/${method}?a=b`);
      assert.equal(status, 200, `${method} ${path}`);
      if (method === 'HEAD') continue;
      assert.equal(body.method, method);
      assert.equal(body.path, `/some/path/with/${method}?a=b`);
    }
  }
});

conformance('[sig-network] proxy.go: proxy through service and pod', async (cluster) => {
  const dir = folder(cluster);
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const tls = { key: join(dir, 'tls.key'), cert: join(dir, 'tls.crt') };
  writeFileSync(tls.key, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const name = { commonName: 'proxy.example.com', organizations: [] };
  writeFileSync(
    tls.cert,
    issueCertificate({
      subject: name,
      publicKey,
      purpose: 'server',
      notBefore: Date.now() - 3_600_000,
      notAfter: Date.now() + 3_600_000,
      issuer: { name, key: privateKey },
    }),
  );
  const [plain, secure] = [await freePort(), await freePort()];
  const spec = podSpec(undefined, {
    containers: [
      webContainer(cluster, { port: plain, portName: 'dest1' }),
      webContainer(cluster, { port: secure, portName: 'tlsdest1', tls }, { name: 'secure' }),
    ],
  });
  await runPod(cluster, pod('proxied', spec, { app: 'proxied' }));
  await cluster.ok('POST', core(cluster, 'services'), {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'proxy-service' },
    spec: {
      selector: { app: 'proxied' },
      ports: [
        { name: 'portname1', port: 80, targetPort: 'dest1' },
        { name: 'portname2', port: 81, targetPort: plain },
        { name: 'tlsportname1', port: 443, targetPort: 'tlsdest1' },
        { name: 'tlsportname2', port: 444, targetPort: secure },
      ],
    },
  });
  await until(async () => {
    const { body } = await cluster.api('GET', core(cluster, 'endpoints', 'proxy-service'));
    return (body['subsets']?.[0]?.ports.length ?? 0) >= 4;
  });
  const pods = [`proxied:${plain}`, `http:proxied:${plain}`, `https:proxied:${secure}`].map((name) =>
    core(cluster, 'pods', name),
  );
  const services = [
    ...['portname1', 'portname2', '80', '81'].flatMap((port) => [
      `proxy-service:${port}`,
      `http:proxy-service:${port}`,
    ]),
    ...['tlsportname1', 'tlsportname2', '443', '444'].map((port) => `https:proxy-service:${port}`),
  ].map((name) => core(cluster, 'services', name));
  for (let round = 0; round < 20; round += 1) {
    const answers = await Promise.all(
      [...pods, ...services].map((path) => cluster.api<Told>('GET', `${path}/proxy/round/${round}`)),
    );
    for (const [index, { status, body }] of answers.entries()) {
      assert.equal(status, 200, [...pods, ...services][index]);
      assert.equal(body.path, `/round/${round}`);
    }
  }
  const page = await cluster.ok<string>('GET', `${pods[0]}/proxy/page`);
  assert.match(page, new RegExp(`href="[^"]*${pods[0]}/proxy/rewriteme"`));
});

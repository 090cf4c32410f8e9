/** The link over Mosquitto: the same way of a Pod, a hub that restarts while nodes stay connected, Secrets out of its sight. */
import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import { type TestContext, test } from 'node:test';
import type { Node } from '../../../hub/api/node.ts';
import { unpack } from '../../../hub/api/payload.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import { nodes, pods, secrets } from '../../../hub/api/resource.ts';
import { systemClock } from '../../../hub/base/clock.ts';
import { silentLog } from '../../../hub/base/log.ts';
import type { Broker } from '../../../hub/mqtt/broker/broker.ts';
import { createExternalBroker } from '../../../hub/mqtt/broker/external-broker.ts';
import { NodeLink } from '../../../hub/mqtt/node-link.ts';
import type { Registry } from '../../../hub/registry/registry.ts';
import { createTestAuthority, type Identity, type TestAuthority } from '../../support/certificates.ts';
import { conformPod } from '../../support/conform-pod.ts';
import { eventually } from '../../support/eventually.ts';
import { createFleet } from '../../support/fleet.ts';
import { mosquittoMissing, startMosquitto } from '../../support/mosquitto.ts';
import { asAdmin, podObject, secretObject } from '../../support/objects.ts';
import { openTestRegistry } from '../../support/test-registry.ts';

const missing = mosquittoMissing();
const options = missing === undefined ? {} : { skip: missing };

/** The hub's end over an external broker; `seen` gets every byte that passes through it. */
async function startHub(
  t: TestContext,
  parts: { url: string; registry: Registry; tls: Identity; seen: Buffer[] },
): Promise<{ link: NodeLink; broker: Broker; stop(): Promise<void> }> {
  const real = createExternalBroker({ url: parts.url, tls: () => parts.tls, log: silentLog, clock: systemClock });
  const broker: Broker = Object.assign(Object.create(real) as Broker, {
    external: true,
    onUplink: real.onUplink.bind(real),
    onReady: real.onReady.bind(real),
    onLost: real.onLost.bind(real),
    publish: (topic: string, payload: Buffer) => {
      parts.seen.push(unpack(payload));
      return real.publish(topic, payload);
    },
  });
  const { registry } = parts;
  const link = new NodeLink({
    broker,
    registry,
    clock: systemClock,
    log: silentLog,
    newId: () => crypto.randomUUID(),
    conform: conformPod,
  });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= real.stop().then(() => link.stop());
    return stopped;
  };
  t.after(stop);
  link.start();
  await real.start();
  return { link, broker, stop };
}

/** GET /objects as the join endpoint answers it. */
async function startObjects(t: TestContext, authority: TestAuthority, registry: Registry): Promise<number> {
  const { ca, cert, key } = await authority.server();
  const server = createServer({ ca, cert, key, requestCert: true, rejectUnauthorized: true }, (request, response) => {
    const keys = new URL(request.url ?? '', 'https://hub').searchParams.getAll('key');
    const items = keys.map((one) => registry.get(secrets, one.split('/')[1] ?? '', one.split('/')[2] ?? '')?.object());
    response.end(JSON.stringify({ items, missing: [] }));
  });
  t.after(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

test(
  'Pods run over Mosquitto, before and after the hub restarts, and their Secrets do not pass through it',
  options,
  async (t) => {
    const authority = await createTestAuthority();
    const registry = await openTestRegistry(t);
    const { url } = await startMosquitto(t, { authority });
    const tls = await authority.server('coracle-hub');
    const seen: Buffer[] = [];
    const hub = await startHub(t, { url, registry, tls, seen });
    const fleet = createFleet({
      nodes: await Promise.all(['n1', 'n2'].map(async (name) => ({ name, identity: await authority.node(name) }))),
      url,
      joinPort: await startObjects(t, authority, registry),
    });
    t.after(() => fleet.stop());
    await fleet.start();
    await eventually('both Nodes are Ready', () =>
      ['n1', 'n2'].every(
        (name) => registry.get(nodes, '', name)?.object<Node>().status?.conditions?.[3]?.status === 'True',
      ),
    );

    await registry.create(secrets, 'default', secretObject('key', { password: 'aHVzaGh1c2g=' }), asAdmin);
    const spec = { nodeName: 'n1', volumes: [{ name: 's', secret: { secretName: 'key' } }] };
    await registry.create(pods, 'default', podObject('p1', spec), asAdmin);
    const running = (name: string) => () =>
      registry.get(pods, 'default', name)?.object<Pod>().status?.phase === 'Running';
    await eventually('the Pod runs', running('p1'));
    await eventually('the Secret was fetched', () => fleet.agent('n1').held.get('secrets/default/key') !== undefined);
    assert.equal(
      seen.some((payload) => payload.includes('aHVzaGh1c2g=')),
      false,
    );

    await hub.stop();
    assert.equal(fleet.agent('n1').link.connected, true);
    await registry.create(pods, 'default', podObject('p2', { nodeName: 'n2' }), asAdmin);
    const next = await startHub(t, { url, registry, tls, seen });
    await eventually('both nodes begin a new session', () =>
      ['n1', 'n2'].every((name) => next.link.session(name) !== undefined),
    );
    await eventually('the Pod made meanwhile runs', running('p2'));
    assert.equal(fleet.agent('n1').link.quality().reconnects, 0);
  },
);

/** The DNS of a node with a thousand Services, in a process of its own: says its port, and what its memory and a change cost. */
import { Forwarder } from '../../agent/dns/forwarder.ts';
import { listen } from '../../agent/dns/listen.ts';
import { createResponder } from '../../agent/dns/responder.ts';
import { upstreamPlace } from '../../agent/dns/upstream.ts';
import { Zone } from '../../agent/dns/zone.ts';
import { systemClock } from '../../hub/base/clock.ts';
import { silentLog } from '../../hub/base/log.ts';
import { MemoryHeld } from '../support/memory-held.ts';
import { namedService, slice } from '../support/named-objects.ts';

const services = 1000;
const endpoints = 10;

const address = (service: number, endpoint: number): string =>
  `10.33.${service >> 4}.${(service & 15) * 16 + endpoint}`;
const sliceOf = (service: number, first = 0): ReturnType<typeof slice> =>
  slice(
    `default/service-${service}`,
    Array.from({ length: endpoints }, (_, at) => address(service, first + at)),
  );

const held = new MemoryHeld();
const numbers = Array.from({ length: services }, (_, at) => at);
await held.apply({
  upserts: numbers.flatMap((at) => [
    namedService(`default/service-${at}`, { clusterIP: at % 2 === 0 ? `10.152.${at >> 8}.${at & 255}` : 'None' }),
    sliceOf(at),
  ]),
  deletions: [],
});
const zone = new Zone({ domain: 'cluster.local', ttl: 5, held });
const forwarder = new Forwarder({ clock: systemClock, log: silentLog });
forwarder.use([process.argv[2] ?? ''].flatMap((text) => upstreamPlace(text) ?? []));
const respond = createResponder({ names: zone, forwarder, log: silentLog });
const { port } = await listen({ address: '127.0.0.1', port: 0, respond });

const began = process.cpuUsage();
const changes = 200;
for (let at = 0; at < changes; at++) {
  const change = { upserts: [sliceOf(at, 1)], deletions: [] };
  await held.apply(change);
  zone.update(change);
}
const { user, system } = process.cpuUsage(began);
process.send?.({ port, change: (user + system) / changes / 1000 });
process.on('disconnect', () => process.exit(0));

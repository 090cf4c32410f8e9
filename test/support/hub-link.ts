/** The hub's end of the link for tests: a real registry in memory, the embedded broker, real certificates. */
import type { TestContext } from 'node:test';
import { type Clock, systemClock } from '../../hub/base/clock.ts';
import { type Log, silentLog } from '../../hub/base/log.ts';
import type { Broker } from '../../hub/mqtt/broker/broker.ts';
import { createEmbeddedBroker, type EmbeddedBroker } from '../../hub/mqtt/broker/embedded-broker.ts';
import { NodeLink } from '../../hub/mqtt/node-link.ts';
import type { Registry } from '../../hub/registry/registry.ts';
import { createTestAuthority, type TestAuthority } from './certificates.ts';
import { conformPod } from './conform-pod.ts';
import { openTestRegistry } from './test-registry.ts';

/** A hub's end that runs. */
export interface HubLink {
  readonly registry: Registry;
  readonly authority: TestAuthority;
  readonly broker: EmbeddedBroker;
  readonly link: NodeLink;
  readonly port: number;
  /** Ends broker and link, as a hub that dies would; the registry stays. */
  stop(): Promise<void>;
}

/** What may be shared with a hub before: its registry, its CA, its port. */
export interface HubLinkOptions {
  readonly registry?: Registry;
  readonly authority?: TestAuthority;
  readonly port?: number;
  readonly patience?: number;
  readonly grace?: number;
  /** The link's; the broker has the machine's. */
  readonly clock?: Clock;
  readonly packetLimit?: number;
  readonly log?: Log;
  /** Puts something between the link and its broker: loss, repetition. */
  readonly wrap?: (broker: Broker) => Broker;
  readonly admit?: (node: string) => boolean;
}

/** Starts a hub's end, stopped with its test. */
export async function startHubLink(test: Pick<TestContext, 'after'>, options: HubLinkOptions = {}): Promise<HubLink> {
  const registry = options.registry ?? (await openTestRegistry(test));
  const authority = options.authority ?? (await createTestAuthority());
  const log = options.log ?? silentLog;
  const broker = createEmbeddedBroker({
    tls: await authority.server(),
    host: '127.0.0.1',
    port: options.port ?? 0,
    clock: systemClock,
    log,
    ...(options.packetLimit === undefined ? {} : { packetLimit: options.packetLimit }),
    ...(options.admit === undefined ? {} : { admit: options.admit }),
  });
  const link = new NodeLink({
    broker: options.wrap?.(broker) ?? broker,
    registry,
    clock: options.clock ?? systemClock,
    log,
    newId: () => crypto.randomUUID(),
    conform: conformPod,
    ...(options.patience === undefined ? {} : { patience: options.patience }),
    ...(options.grace === undefined ? {} : { grace: options.grace }),
  });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= broker.stop().then(() => link.stop());
    return stopped;
  };
  test.after(stop);
  link.start();
  await broker.start();
  return { registry, authority, broker, link, port: broker.port, stop };
}

/** Events of Services. */
import { timestamp } from '../../../hub/api/object.ts';
import type { Service } from '../../../hub/api/service.ts';
import type { ProgramContext } from '../client/program.ts';

/** What is told. */
export interface ServiceEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** Tells it; never rejects, as the status says the same and an event may be lost. */
export async function tellOf(
  { client, clock, log }: Pick<ProgramContext, 'client' | 'clock' | 'log'>,
  { metadata }: Service,
  event: ServiceEvent,
): Promise<void> {
  const { namespace = '', name = '', uid } = metadata;
  const now = timestamp(clock.now());
  try {
    await client.create(`/api/v1/namespaces/${namespace}/events`, {
      ...{ apiVersion: 'v1', kind: 'Event', metadata: { generateName: `${name}-` }, ...event },
      involvedObject: { apiVersion: 'v1', kind: 'Service', namespace, name, uid },
      ...{ firstTimestamp: now, lastTimestamp: now, count: 1 },
      source: { component: 'loadbalancer' },
    });
  } catch (error) {
    log.debug({ service: `${namespace}/${name}`, error: String(error) }, 'an event was lost');
  }
}

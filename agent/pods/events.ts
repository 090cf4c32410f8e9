/** Events about the Pods of this node, counted on the device so that a repeated one travels as one. */
import { microTimestamp } from '../../hub/api/object.ts';
import type { EventReport } from '../../hub/api/link.ts';
import type { Pod } from '../../hub/api/pod.ts';
import type { Clock } from '../../hub/base/clock.ts';
import { containersOf } from './situation.ts';

/** Tells about Pods. `container` names the part of the Pod that is meant. */
export interface PodEvents {
  report(pod: Pod, event: { type: 'Normal' | 'Warning'; reason: string; message: string; container?: string }): void;
}

/** How many different events are counted at a time; the longest silent one is forgotten first. */
const remembered = 512;

/** Makes the recorder; `send` is called for each report. */
export function createPodEvents(options: {
  clock: Clock;
  component: string;
  send: (event: EventReport) => void;
}): PodEvents {
  const counted = new Map<string, EventReport>();
  let serial = 0;
  // names are times, so that a list shows what happened within one second in its order
  const newName = (name: string, now: number): string =>
    `${name}.${(BigInt(now) * 1_000_000n + BigInt(serial++ % 1_000_000)).toString(16)}`;
  return {
    report(pod, { type, reason, message, container }) {
      const { namespace = '', name = '', uid = '' } = pod.metadata;
      const fieldPath = container === undefined ? undefined : fieldPathOf(pod, container);
      const key = JSON.stringify([uid, fieldPath, type, reason, message]);
      const time = options.clock.now();
      const now = microTimestamp(time);
      const before = counted.get(key);
      const event: EventReport = {
        namespace,
        name: before?.name ?? newName(name, time),
        regarding: {
          kind: 'Pod',
          apiVersion: 'v1',
          namespace,
          name,
          uid,
          ...(fieldPath === undefined ? {} : { fieldPath }),
        },
        type,
        reason,
        message,
        component: options.component,
        first: before?.first ?? now,
        last: now,
        count: (before?.count ?? 0) + 1,
      };
      counted.delete(key);
      counted.set(key, event);
      if (counted.size > remembered) counted.delete(counted.keys().next().value ?? '');
      options.send(event);
    },
  };
}

const lists = { init: 'initContainers', main: 'containers', ephemeral: 'ephemeralContainers' } as const;

function fieldPathOf(pod: Pod, name: string): string {
  const found = containersOf(pod).find(({ container }) => container.name === name);
  return `spec.${lists[found?.role ?? 'main']}{${name}}`;
}

/** Where Ingresses say they are reached, and that they no longer say so once the addon is gone. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ApiClient } from '../../../../agent/programs/client/client.ts';
import { keepStatus, reachedAt } from '../../../../agent/programs/ingress/status.ts';
import { ApiError } from '../../../../hub/api/errors.ts';
import type { Ingress } from '../../../../hub/api/networking.ts';
import type { Pod } from '../../../../hub/api/pod.ts';
import { systemClock } from '../../../../hub/base/clock.ts';
import { silentLog } from '../../../../hub/base/log.ts';

it('an Ingress is reached at the nodes whose Pod is ready', () => {
  const pod = (hostIP: string, status: string): Pod =>
    ({ metadata: {}, status: { hostIP, conditions: [{ type: 'Ready', status }] } }) as Pod;
  assert.deepEqual(reachedAt([pod('b', 'True'), pod('a', 'True'), pod('c', 'False'), pod('a', 'True')]), [
    { ip: 'a' },
    { ip: 'b' },
  ]);
});

const ingress = (name: string, ...ips: string[]): Ingress => ({
  ...{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name, namespace: 'shop' } },
  status: { loadBalancer: { ingress: ips.map((ip) => ({ ip })) } },
});

/** Stops an instance that was never elected; answers what it wrote. */
async function writtenAtEnd(isGoing: boolean): Promise<[string, unknown][]> {
  const written: [string, unknown][] = [];
  const client = {
    namespace: 'ingress',
    async get(path: string): Promise<object> {
      if (path === '/apis/apps/v1/namespaces/ingress/daemonsets/ingress' && !isGoing) return { metadata: {} };
      throw new ApiError('NotFound', 'there is none');
    },
    async patch(path: string, body: unknown): Promise<void> {
      written.push([path, body]);
      if (path.includes('gone')) throw new ApiError('NotFound', 'it went meanwhile');
    },
  } as unknown as ApiClient;
  const served = new Map(
    [ingress('a', '192.0.2.1'), ingress('b'), ingress('gone', '192.0.2.1')].map((one) => [
      one.metadata.name ?? '',
      one,
    ]),
  );
  const status = keepStatus({
    ...{ client, clock: systemClock, log: silentLog, random: () => 0.5 },
    ...{ pod: 'ingress-1', daemonSet: 'ingress', ingresses: () => served },
  });
  await status.stop();
  return written;
}

it('when the addon goes, every instance takes back what is still said', async () => {
  const none = { status: { loadBalancer: { ingress: [] } } };
  const path = (name: string): string => `/apis/networking.k8s.io/v1/namespaces/shop/ingresses/${name}/status`;
  assert.deepEqual(await writtenAtEnd(true), [
    [path('a'), none],
    [path('gone'), none],
  ]);
});

it('what is said stays when a Pod ends and the addon does not', async () =>
  assert.deepEqual(await writtenAtEnd(false), []));

/** The hub that clients are tried on, and a namespace for each test. */
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { CoreV1Api, KubeConfig, type V1Pod } from '@kubernetes/client-node';
import { eventually } from '../support/eventually.ts';

/** Where a client finds the hub. */
export interface Ground {
  readonly namespace: string;
  /** The administrator's. */
  readonly kubeconfig: string;
  readonly config: KubeConfig;
}

let counter = 0;

/** A namespace with its ServiceAccount, gone after the test. */
export async function ground(test: Pick<TestContext, 'after'>): Promise<Ground> {
  const dir = process.env['CORACLE_CLIENTS_DIR'];
  if (dir === undefined) throw new Error('run these tests with `npm run test:clients`');
  const kubeconfig = join(dir, 'kubeconfig');
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  counter += 1;
  const namespace = `clients-${process.pid}-${counter}`;
  await core.createNamespace({ body: { metadata: { name: namespace } } });
  test.after(() => core.deleteNamespace({ name: namespace }));
  await eventually('the ServiceAccount', () =>
    core.readNamespacedServiceAccount({ namespace, name: 'default' }).then(
      () => true,
      () => false,
    ),
  );
  return { namespace, kubeconfig, config };
}

/** A Pod of host processes that run scripts of a shell, one container each. */
export function shellPod(name: string, scripts: Readonly<Record<string, string>>): object {
  const containers = Object.entries(scripts).map(([container, script]) => ({
    name: container,
    image: 'example.org/none:1',
    command: ['sh', '-c', script],
  }));
  const spec = { terminationGracePeriodSeconds: 1, containers };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: name } }, spec };
}

/** Makes a Pod and waits until it is ready. */
export async function running({ namespace, config }: Ground, pod: object, name: string): Promise<void> {
  const core = config.makeApiClient(CoreV1Api);
  await core.createNamespacedPod({ namespace, body: pod as V1Pod });
  await eventually(
    `${name} to be ready`,
    async () => {
      const { status } = await core.readNamespacedPod({ namespace, name });
      return status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True');
    },
    40_000,
  );
}

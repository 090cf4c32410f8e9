/** Reading all Pods of a big cluster page by page, as clients do. */
import type { LoadClient } from '../load-client.ts';
import type { Measurement } from '../measurement.ts';

const megabyte = 1_000_000;
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
const protobuf = 'application/vnd.kubernetes.protobuf';

/** Whose names and namespaces requests go to. */
export interface Target {
  namespace: string;
  name: string;
}

/** Every page of all Pods; answers the seconds it took and what was read. */
async function paged(
  client: LoadClient,
  accept: string,
  onPage?: (text: string) => void,
): Promise<{ seconds: number; pages: number; bytes: number }> {
  const began = performance.now();
  let token = '';
  let pages = 0;
  let bytes = 0;
  do {
    const path = `/api/v1/pods?limit=500${token === '' ? '' : `&continue=${encodeURIComponent(token)}`}`;
    const answer = await client.call('GET', path, undefined, undefined, accept);
    if (answer.status !== 200) throw new Error(`page ${pages}: ${answer.status} ${answer.text().slice(0, 300)}`);
    pages += 1;
    bytes += answer.bytes;
    const text = answer.text('latin1');
    onPage?.(text);
    // the token is base64url of a JSON text, and what follows it in Protocol Buffers is no character of it
    token = /eyJ2IjoibWV0YS5rOHMuaW8v[\w-]*/.exec(text)?.[0] ?? '';
  } while (token !== '');
  return { seconds: (performance.now() - began) / 1000, pages, bytes };
}

/** Lists all Pods in each form, after a first time in which `pods` is filled with their names. */
export async function lists(client: LoadClient, pods: Target[], cpuSeconds: () => number): Promise<Measurement[]> {
  const figures: Measurement[] = [];
  const collect = (text: string): void => {
    const { items } = JSON.parse(text) as { items: { metadata: Target }[] };
    for (const { metadata } of items) pods.push({ namespace: metadata.namespace, name: metadata.name });
  };
  await paged(client, 'application/json', collect);
  for (const [name, accept] of [
    ['JSON', 'application/json'],
    ['Protocol Buffers', protobuf],
    ['Table', table],
  ] as const) {
    const before = cpuSeconds();
    const { seconds, pages, bytes } = await paged(client, accept);
    figures.push({
      name: `all Pods in pages of 500, ${name}`,
      value: seconds,
      unit: 's',
      target: { is: '<=', value: 5 },
      detail: { pages, megabytes: bytes / megabyte, cpuSecondsOfTheHub: cpuSeconds() - before },
    });
  }
  return figures;
}

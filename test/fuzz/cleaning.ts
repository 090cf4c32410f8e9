/** Taking away what a fuzz run has made, so that what the hub still holds afterwards is what it forgot to let go. */
import { createCatalogue } from '../../hub/kinds/catalogue.ts';
import { eventually } from '../support/eventually.ts';
import type { AnyRequest } from '../support/fuzz/any-request.ts';
import { type Door, send } from '../support/fuzz/send.ts';

const get = (path: string): AnyRequest => ({ method: 'GET', path, headers: {}, body: undefined });

interface Listed {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly finalizers?: readonly string[] };
}

/** Paths of all objects there are, with whether finalizers hold them. */
export async function everything(door: Door): Promise<Map<string, Listed>> {
  const all = new Map<string, Listed>();
  for (const info of createCatalogue().stored()) {
    const root = info.group === '' ? `/api/${info.version}` : `/apis/${info.group}/${info.version}`;
    const { status, text } = await send(door, get(`${root}/${info.resource}`));
    if (status !== 200) throw new Error(`list of ${info.resource}: ${status} ${text.slice(0, 300)}`);
    for (const item of (JSON.parse(text) as { items: Listed[] }).items) {
      const { namespace, name } = item.metadata;
      const within = namespace === undefined ? '' : `/namespaces/${namespace}`;
      all.set(`${root}${within}/${info.resource}/${encodeURIComponent(name)}`, item);
    }
  }
  return all;
}

/** Deletes what was not there `before`; resolves when it is gone. */
export async function clean(door: Door, before: ReadonlySet<string>): Promise<void> {
  let last: readonly string[] = [];
  let why = '';
  await eventually(
    'what the run made is gone',
    async () => {
      const left = [...(await everything(door))].filter(([path]) => !before.has(path));
      for (const [path, { metadata }] of left) {
        if ((metadata.finalizers ?? []).length > 0) {
          const body = Buffer.from(JSON.stringify([{ op: 'remove', path: '/metadata/finalizers' }]));
          const headers = { 'content-type': 'application/json-patch+json' };
          const answer = await send(door, { method: 'PATCH', path, headers, body });
          if (answer.status >= 300) why = answer.text.slice(0, 1000);
        }
        await send(door, { method: 'DELETE', path: `${path}?gracePeriodSeconds=0`, headers: {}, body: undefined });
      }
      last = left.map(([path]) => path);
      // the end of what is deleted is an event too
      return left.every(([path]) => /\/events\//.test(path));
    },
    120_000,
  ).catch((error: Error) => {
    const left = `left are ${last.length}: ${last.slice(0, 10).join(', ')}`;
    throw new Error(`${error.message}; ${left}; last refused: ${why}`);
  });
}

/** One figure of /metrics. */
export async function metric(door: Door, name: string): Promise<number> {
  const { text } = await send(door, get('/metrics'));
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
}

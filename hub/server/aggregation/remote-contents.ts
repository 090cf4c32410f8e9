/** Objects that other API servers hold in a namespace: they go with it. */
import type { User } from '../../api/user.ts';
import type { RemoteApi, RemoteApis, RemoteResource } from './remote-apis.ts';
import type { RemoteCaller, Reply } from './remote-caller.ts';

/** What is left in a namespace, and what stands in the way. */
export interface Emptied {
  /** Objects by resource: `flunders.wardle.example.com`. */
  readonly left: ReadonlyMap<string, number>;
  /** Why content could not be deleted. */
  readonly failures: readonly string[];
}

/** Empties namespaces elsewhere. */
export class RemoteContents {
  readonly #apis: RemoteApis;
  readonly #caller: RemoteCaller;

  constructor(options: { apis: RemoteApis; caller: RemoteCaller }) {
    this.#apis = options.apis;
    this.#caller = options.caller;
  }

  /** Group versions nobody can say now what they have: `wardle.example.com/v1alpha1`. */
  unknown(): string[] {
    const unknown = [];
    for (const api of this.#apis.all()) {
      if (this.#apis.resources(api) === undefined) unknown.push(`${api.group}/${api.version}`);
    }
    return unknown.sort();
  }

  /** Deletes, as `user`, what there is in a namespace. Never rejects. */
  async empty(namespace: string, user: User): Promise<Emptied> {
    const left = new Map<string, number>();
    const failures: string[] = [];
    for (const api of this.#apis.all()) {
      for (const resource of this.#apis.resources(api) ?? []) {
        if (!isEmptied(resource)) continue;
        const name = `${resource.resource}.${api.group}`;
        try {
          const count = await this.#emptyOne(api, resource, namespace, user);
          if (count > 0) left.set(name, count);
        } catch (error) {
          failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
    }
    return { left, failures };
  }

  async #emptyOne(api: RemoteApi, { resource }: RemoteResource, namespace: string, user: User): Promise<number> {
    const path = `/apis/${api.group}/${api.version}/namespaces/${namespace}/${resource}`;
    const ask = (method: 'GET' | 'DELETE'): Promise<Reply> =>
      this.#caller.ask(api, { method, path, accept: 'application/json', user, verify: true });
    const before = itemsIn(await ask('GET'));
    if (before === 0) return 0;
    const { status } = await ask('DELETE');
    if (status >= 300) throw new Error(`the server answered with status ${status}`);
    return itemsIn(await ask('GET'));
  }
}

function isEmptied({ scope, verbs = [] }: RemoteResource): boolean {
  return scope === 'Namespaced' && verbs.includes('deletecollection') && verbs.includes('list');
}

function itemsIn({ status, body }: Reply): number {
  if (status !== 200) throw new Error(`the server answered with status ${status}`);
  const { items } = JSON.parse(body.toString('utf8')) as { items?: unknown[] | null };
  return items?.length ?? 0;
}

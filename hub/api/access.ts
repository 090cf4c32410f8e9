/** Accesses, as they are asked about where nothing is known of who decides. */
import type { User } from './user.ts';

/** What an access names; `version` may be `*`, and `path` is set for paths outside the API. */
export interface Access {
  readonly user: User;
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly path?: string;
}

/** The resource an access is about. */
export type AskedResource = Pick<Access, 'group' | 'resource' | 'subresource' | 'namespace' | 'name'>;

/** Decides about one access, synchronously. */
export type Authorize = (access: Access) => { readonly allowed: boolean; readonly reason: string };

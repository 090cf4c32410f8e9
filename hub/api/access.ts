/** Accesses: what somebody wants to do. API: authorizer.Attributes of a kube-apiserver. */
import type { User } from './user.ts';

/**
 * What somebody wants to do. `verb` is the API verb; for paths outside the API it is the lower-case HTTP method and `path` is
 * set. `version` may be `*`.
 */
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

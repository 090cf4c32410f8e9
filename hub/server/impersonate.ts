/** Impersonation: acting as another user, when allowed to. API: Impersonate-User, -Group, -Uid and -Extra-* headers. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { authenticatedGroup, unauthenticatedGroup, type User } from '../api/user.ts';
import type { Access } from '../api/access.ts';
import type { Authorizer } from '../auth/auth.ts';
import { mustBeAllowed } from './authorize.ts';
import { PlainFailure } from './plain-failure.ts';

const extraPrefix = 'impersonate-extra-';
const accountPrefix = 'system:serviceaccount:';

/** True when a request wants to act as somebody else. */
export function impersonates(headers: IncomingHttpHeaders): boolean {
  for (const name in headers) if (name.startsWith('impersonate-')) return true;
  return false;
}

/** The user a request acts as. Throws Forbidden when `user` may not, InternalError for headers that make no sense. */
export function impersonated(req: IncomingMessage, user: User, authorizer: Authorizer): User {
  const wanted = readHeaders(req);
  for (const attributes of needed(wanted, user)) mustBeAllowed(authorizer, attributes);
  return {
    name: wanted.name,
    groups: wanted.groups,
    ...(wanted.uid === undefined ? {} : { uid: wanted.uid }),
    ...(Object.keys(wanted.extra).length === 0 ? {} : { extra: wanted.extra }),
  };
}

interface Wanted {
  readonly name: string;
  readonly groups: string[];
  /** Groups the client named, which it needs the right to act as. */
  readonly named: string[];
  readonly uid: string | undefined;
  readonly extra: Record<string, string[]>;
}

function readHeaders(req: IncomingMessage): Wanted {
  const distinct = req.headersDistinct;
  const name = distinct['impersonate-user']?.[0] ?? '';
  const named = distinct['impersonate-group'] ?? [];
  const uid = distinct['impersonate-uid']?.[0];
  const extra: Record<string, string[]> = {};
  for (const [header, values] of Object.entries(distinct)) {
    if (header.startsWith(extraPrefix)) extra[decoded(header.slice(extraPrefix.length))] = values ?? [];
  }
  if (name === '') throw nobody(req.url ?? '', { named, uid, extra });
  return { name, named, groups: effectiveGroups(name, named), uid, extra };
}

/** API: what was asked for is named as the object references it is turned into, all their fields in order. */
function nobody(url: string, { named, uid, extra }: Pick<Wanted, 'named' | 'uid' | 'extra'>): PlainFailure {
  const version = 'authentication.k8s.io/v1';
  const references = [
    ...named.map((group) => `{Group  ${group}    }`),
    ...Object.entries(extra).flatMap(([key, values]) =>
      values.map((value) => `{UserExtra  ${value}  ${version}  ${key}}`),
    ),
    ...(uid === undefined ? [] : [`{UID  ${uid}  ${version}  }`]),
  ];
  const why = `requested [${references.join(' ')}] without impersonating a user`;
  return new PlainFailure('InternalError', `Internal Server Error: ${JSON.stringify(url)}: ${why}`);
}

function decoded(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

function effectiveGroups(name: string, named: readonly string[]): string[] {
  const groups = [...named];
  const account = accountOf(name);
  if (account !== undefined && groups.length === 0) {
    groups.push('system:serviceaccounts', `system:serviceaccounts:${account.namespace}`);
  }
  const general = name === 'system:anonymous' ? unauthenticatedGroup : authenticatedGroup;
  if (!groups.includes(authenticatedGroup) && !groups.includes(unauthenticatedGroup)) groups.push(general);
  return groups;
}

function accountOf(name: string): { namespace: string; name: string } | undefined {
  if (!name.startsWith(accountPrefix)) return undefined;
  const [namespace, account, ...rest] = name.slice(accountPrefix.length).split(':');
  if (namespace === undefined || account === undefined || rest.length > 0) return undefined;
  return { namespace, name: account };
}

/** Every right the impersonator needs. */
function needed(wanted: Wanted, user: User): Access[] {
  const account = accountOf(wanted.name);
  const base = { user, verb: 'impersonate', group: '', version: 'v1', subresource: '', namespace: '' };
  const review = { ...base, group: 'authentication.k8s.io' };
  const rights: Access[] = [
    account === undefined
      ? { ...base, resource: 'users', name: wanted.name }
      : { ...base, resource: 'serviceaccounts', namespace: account.namespace, name: account.name },
  ];
  for (const name of wanted.named) rights.push({ ...base, resource: 'groups', name });
  for (const [key, values] of Object.entries(wanted.extra)) {
    for (const name of values) rights.push({ ...review, resource: 'userextras', subresource: key, name });
  }
  if (wanted.uid !== undefined) rights.push({ ...review, resource: 'uids', name: wanted.uid });
  return rights;
}

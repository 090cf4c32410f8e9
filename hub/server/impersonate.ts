/** Impersonation: acting as another user, when allowed to. API: Impersonate-User, -Group, -Uid and -Extra-* headers. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Access } from '../api/access.ts';
import { type ApiError, badRequest } from '../api/errors.ts';
import { authenticatedGroup, unauthenticatedGroup, type User } from '../api/user.ts';
import type { Authorizer } from '../auth/auth.ts';
import { mustBeAllowed } from './authorize.ts';

const extraPrefix = 'impersonate-extra-';
const accountPrefix = 'system:serviceaccount:';

/** True when a request wants to act as somebody else. */
export function impersonates(headers: IncomingHttpHeaders): boolean {
  for (const name in headers) if (name.startsWith('impersonate-')) return true;
  return false;
}

/** The user a request acts as. Throws Forbidden when `user` may not, BadRequest for headers that make no sense. */
export function impersonated(req: IncomingMessage, user: User, authorizer: Authorizer): User {
  const wanted = readHeaders(req);
  if (wanted === undefined) return user;
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

/** Undefined when nobody is named, and nothing of anybody. */
function readHeaders(req: IncomingMessage): Wanted | undefined {
  const distinct = req.headersDistinct;
  const name = distinct['impersonate-user']?.[0] ?? '';
  const named = distinct['impersonate-group'] ?? [];
  const uid = distinct['impersonate-uid']?.[0] || undefined;
  const extra: Record<string, string[]> = {};
  for (const [header, values] of Object.entries(distinct)) {
    if (header.startsWith(extraPrefix)) extra[decoded(header.slice(extraPrefix.length))] = values ?? [];
  }
  if (name === '') {
    if (named.length === 0 && uid === undefined && Object.keys(extra).length === 0) return undefined;
    throw nobody({ named, uid, extra });
  }
  return { name, named, groups: effectiveGroups(name, named), uid, extra };
}

/** API: constrained impersonation (v1.36): the user that was asked for is told as Go prints the struct of it. */
function nobody({ named, uid = '', extra }: Pick<Wanted, 'named' | 'uid' | 'extra'>): ApiError {
  const list = (values: readonly string[]): string =>
    `[]string{${values.map((one) => JSON.stringify(one)).join(', ')}}`;
  const groups = named.length === 0 ? '[]string(nil)' : list(named);
  const keys = Object.keys(extra).sort();
  const pairs = keys.map((key) => `${JSON.stringify(key)}:${list(extra[key] ?? [])}`);
  const more = keys.length === 0 ? 'map[string][]string(nil)' : `map[string][]string{${pairs.join(', ')}}`;
  const user = `&user.DefaultInfo{Name:"", UID:${JSON.stringify(uid)}, Groups:${groups}, Extra:${more}}`;
  return badRequest(`requested ${user} without impersonating a user name`);
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

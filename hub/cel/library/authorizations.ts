/** Questions to the authorizer: may the sender of a request, or a service account, do something. */
import type { Access, AskedResource, Authorize } from '../../api/access.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../api/names.ts';
import type { User } from '../../api/user.ts';
import {
  authorizationDecision as decision,
  authorizer,
  bool,
  groupCheck,
  pathCheck,
  resourceCheck,
  string,
} from '../types/type.ts';
import { EvaluationError, Opaque, type Value } from '../types/value.ts';
import { type Costing, method, type Overload } from './overload.ts';

/** API: a question costs so much that only a few of them fit one expression. */
const questionCost = 350_000;
const question: Costing = {
  estimate: () => ({ cost: { min: questionCost, max: questionCost } }),
  cost: () => questionCost,
};

/** A value that only answers methods: two of them are never the same. */
abstract class Asker extends Opaque {
  equals(other: Opaque): boolean {
    return other === this;
  }

  override toString(): string {
    return this.kind;
  }
}

/** The variable `authorizer`. */
export class AuthorizerValue extends Asker {
  readonly kind = 'kubernetes.authorization.Authorizer';
  readonly user: User;
  readonly authorize: Authorize;

  constructor(user: User, authorize: Authorize) {
    super();
    this.user = user;
    this.authorize = authorize;
  }
}

class PathCheck extends Asker {
  readonly kind = 'kubernetes.authorization.PathCheck';
  readonly asks: AuthorizerValue;
  readonly path: string;

  constructor(asks: AuthorizerValue, path: string) {
    super();
    this.asks = asks;
    this.path = path;
  }
}

class GroupCheck extends Asker {
  readonly kind = 'kubernetes.authorization.GroupCheck';
  readonly asks: AuthorizerValue;
  readonly group: string;

  constructor(asks: AuthorizerValue, group: string) {
    super();
    this.asks = asks;
    this.group = group;
  }
}

/** A question about a resource that lacks its verb; the variable `authorizer.requestResource` is one. */
export class ResourceCheck extends Asker {
  readonly kind = 'kubernetes.authorization.ResourceCheck';
  readonly asks: AuthorizerValue;
  readonly about: AskedResource;

  constructor(asks: AuthorizerValue, about: AskedResource) {
    super();
    this.asks = asks;
    this.about = about;
  }

  with(more: Partial<AskedResource>): ResourceCheck {
    return new ResourceCheck(this.asks, { ...this.about, ...more });
  }
}

class Answer extends Asker {
  readonly kind = 'kubernetes.authorization.Decision';
  readonly allowed: boolean;
  readonly reason: string;
  readonly error: string;

  constructor({ allowed, reason, error = '' }: { allowed: boolean; reason: string; error?: string }) {
    super();
    this.allowed = allowed;
    this.reason = reason;
    this.error = error;
  }
}

function ask({ authorize }: AuthorizerValue, access: Access): Answer {
  try {
    return new Answer(authorize(access));
  } catch (error) {
    return new Answer({ allowed: false, reason: '', error: error instanceof Error ? error.message : String(error) });
  }
}

function askPath(target: Value, verb: Value): Value {
  const { asks, path } = target as PathCheck;
  const nothing = { group: '', version: '', resource: '', subresource: '', namespace: '', name: '' };
  return ask(asks, { user: asks.user, verb: verb as string, path, ...nothing });
}

function askResource(target: Value, verb: Value): Value {
  const { asks, about } = target as ResourceCheck;
  return ask(asks, { user: asks.user, verb: verb as string, version: '*', ...about });
}

function filled(text: Value, what: string): string {
  if ((text as string).trim() === '') throw new EvaluationError(`${what} must not be empty`);
  return text as string;
}

function accountOf(target: Value, namespace: Value, name: Value): Value {
  if (isDns1123Subdomain(name as string).length > 0) throw new EvaluationError('Invalid service account name');
  if (isDns1123Label(namespace as string).length > 0) throw new EvaluationError('Invalid service account namespace');
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace as string}`];
  const user: User = { name: `system:serviceaccount:${namespace as string}:${name as string}`, groups };
  return new AuthorizerValue(user, (target as AuthorizerValue).authorize);
}

function resourceOf(target: Value, resource: Value): Value {
  const { asks, group } = target as GroupCheck;
  const about = { group, resource: filled(resource, 'resource'), subresource: '', namespace: '', name: '' };
  return new ResourceCheck(asks, about);
}

const narrowed = (field: 'subresource' | 'namespace' | 'name'): Overload =>
  method(resourceCheck, [string], resourceCheck, (target, text) =>
    (target as ResourceCheck).with({ [field]: text as string }),
  );

/** Our authorizer decides without selectors, which only ever allow more. */
const selected = method(resourceCheck, [string], resourceCheck, (target) => target);

/** Functions by name. */
export const authorizations: readonly (readonly [string, readonly Overload[]])[] = [
  [
    'path',
    [
      method(
        authorizer,
        [string],
        pathCheck,
        (target, path) => new PathCheck(target as AuthorizerValue, filled(path, 'path')),
      ),
    ],
  ],
  [
    'group',
    [
      method(
        authorizer,
        [string],
        groupCheck,
        (target, group) => new GroupCheck(target as AuthorizerValue, group as string),
      ),
    ],
  ],
  ['serviceAccount', [method(authorizer, [string, string], authorizer, accountOf)]],
  ['resource', [method(groupCheck, [string], resourceCheck, resourceOf)]],
  ['subresource', [narrowed('subresource')]],
  ['namespace', [narrowed('namespace')]],
  ['name', [narrowed('name')]],
  ['fieldSelector', [selected]],
  ['labelSelector', [selected]],
  [
    'check',
    [
      method(pathCheck, [string], decision, askPath, question),
      method(resourceCheck, [string], decision, askResource, question),
    ],
  ],
  ['allowed', [method(decision, [], bool, (target) => (target as Answer).allowed)]],
  ['reason', [method(decision, [], string, (target) => (target as Answer).reason)]],
  ['errored', [method(decision, [], bool, (target) => (target as Answer).error !== '')]],
  ['error', [method(decision, [], string, (target) => (target as Answer).error)]],
];

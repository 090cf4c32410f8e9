/** authentication.k8s.io/v1 TokenRequest (`serviceaccounts/token`): a token for a ServiceAccount, bound to an object or not. */
import { badRequest, conflict, forbidden, notFound } from '../../api/errors.ts';
import { type FieldError, invalid, invalidObject } from '../../api/field-error.ts';
import { type JsonObject, timestamp } from '../../api/object.ts';
import type { Pod } from '../../api/pod.ts';
import { nodes, pods, type ResourceRef, secrets, serviceAccounts } from '../../api/resource.ts';
import { nodeOf, type User } from '../../api/user.ts';
import type { Entry, Registry } from '../../registry/registry.ts';
import type { VirtualResource } from '../auth.ts';
import type { BoundObject, ServiceAccountTokens, TokenOrder } from '../service-account-tokens.ts';
import { answered, objectIn, specOf, textIn, textsIn } from './review.ts';

/** API: TokenRequest validation. Seconds. */
const shortest = 600;
const longest = 2 ** 32;
const usual = 3600;

/** What the resource asks. */
export interface TokenRequestOptions {
  readonly tokens: ServiceAccountTokens;
  readonly registry: Pick<Registry, 'get'>;
}

function lifetimeOf(spec: JsonObject): number {
  const seconds = spec['expirationSeconds'] ?? usual;
  if (typeof seconds !== 'number' || !Number.isInteger(seconds))
    throw badRequest('expirationSeconds must be an integer');
  const errors: FieldError[] = [];
  const field = 'spec.expirationSeconds';
  if (seconds < shortest) errors.push(invalid(field, seconds, 'may not specify a duration less than 10 minutes'));
  if (seconds > longest) errors.push(invalid(field, seconds, 'may not specify a duration larger than 2^32 seconds'));
  if (errors.length > 0) throw invalidObject('authentication.k8s.io', 'TokenRequest', '', errors);
  return seconds;
}

const bindable: Readonly<Record<string, ResourceRef>> = { Pod: pods, Secret: secrets, Node: nodes };

const apiVersion = 'authentication.k8s.io/v1';

type Binding = Pick<TokenOrder, 'bound' | 'node'>;

/** Finds what the token is to be bound to, and for a Pod its node. */
function bindingOf(registry: Pick<Registry, 'get'>, account: Entry, reference: JsonObject): Binding {
  const kind = textIn(reference, 'kind');
  const version = textIn(reference, 'apiVersion');
  const name = textIn(reference, 'name');
  const uid = textIn(reference, 'uid');
  const ref = bindable[kind];
  if (ref === undefined || version !== 'v1') {
    const slash = version.lastIndexOf('/');
    const shown = slash < 0 ? `/${version}` : version;
    throw badRequest(`cannot bind token to object of type ${shown}, Kind=${kind}`);
  }
  const entry = registry.get(ref, kind === 'Node' ? '' : account.namespace, name);
  if (entry === undefined) throw notFound(ref, name);
  if (uid !== '' && uid !== entry.uid) {
    const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw conflict(ref, name, why);
  }
  const bound: BoundObject = { kind: kind as BoundObject['kind'], name, uid: entry.uid };
  if (kind !== 'Pod') return { bound };
  const { spec } = entry.object<Pod>();
  if (spec.serviceAccountName !== account.name) {
    throw badRequest(
      `cannot bind token for serviceaccount ${JSON.stringify(account.name)} to pod running with different serviceaccount name.`,
    );
  }
  const node = spec.nodeName === undefined ? undefined : registry.get(nodes, '', spec.nodeName);
  return node === undefined ? { bound } : { bound, node: { name: node.name, uid: node.uid } };
}

/** API: NodeRestriction. A node gets tokens only for Pods bound to it. */
function checkNode(user: User, account: Entry, binding: Binding, registry: Pick<Registry, 'get'>): void {
  const node = nodeOf(user);
  if (node === undefined) return;
  const { bound } = binding;
  if (bound?.kind !== 'Pod') throw forbidden(serviceAccounts, account.name, 'node requested token not bound to a pod');
  const pod = registry.get(pods, account.namespace, bound.name);
  if (pod?.object<Pod>().spec.nodeName !== node) {
    throw forbidden(serviceAccounts, account.name, 'node requested token bound to a pod scheduled on a different node');
  }
}

/** The resource. */
export function tokenRequest(options: TokenRequestOptions): VirtualResource {
  const { tokens, registry } = options;
  return {
    group: '',
    resource: 'serviceaccounts',
    subresource: 'token',
    create({ body, namespace, name, user }) {
      const spec = specOf(body);
      const expirationSeconds = lifetimeOf(spec);
      const account = registry.get(serviceAccounts, namespace, name);
      if (account === undefined) throw notFound(serviceAccounts, name);
      const reference = objectIn(spec, 'boundObjectRef');
      const binding = reference === undefined ? {} : bindingOf(registry, account, reference);
      checkNode(user, account, binding, registry);
      const asked = textsIn(spec, 'audiences');
      const audiences = asked.length > 0 ? asked : tokens.audiences.slice(0, 1);
      const order = { namespace, name, uid: account.uid, audiences, expirationSeconds, ...binding };
      const { token, expires } = tokens.issue(order);
      const boundObjectRef = reference === undefined ? null : { ...reference, uid: binding.bound?.uid };
      const metadata = { ...body.metadata, name, namespace };
      return answered(
        { ...body, apiVersion, kind: 'TokenRequest', metadata, spec: { audiences, expirationSeconds, boundObjectRef } },
        { token, expirationTimestamp: timestamp(expires ?? 0) },
      );
    },
  };
}

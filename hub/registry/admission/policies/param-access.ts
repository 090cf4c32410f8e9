/** Nobody makes policies read for them what they may not read: the check on parameters of policies and bindings. */
import type { MutatingPolicy, ParamKind, PolicyBinding, ValidatingPolicy } from '../../../api/admission-policy.ts';
import { forbiddenField, invalidObject } from '../../../api/field-error.ts';
import {
  mutatingPolicies,
  mutatingPolicyBindings,
  parseApiVersion,
  type ResourceRef,
  validatingPolicies,
  validatingPolicyBindings,
} from '../../../api/resource.ts';
import { sameJson } from '../../../api/same-json.ts';
import { mastersGroup, type User } from '../../../api/user.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../../registry.ts';
import type { Reader } from '../forbid.ts';
import type { PolicyOptions } from './policy-options.ts';

type Policy = ValidatingPolicy | MutatingPolicy;

/** Where the policies of bindings are, by the resources of those. */
const policiesOf: ReadonlyMap<string, ResourceRef> = new Map([
  [validatingPolicyBindings.resource, validatingPolicies],
  [mutatingPolicyBindings.resource, mutatingPolicies],
]);
const checked = new Set([validatingPolicies.resource, mutatingPolicies.resource, ...policiesOf.keys()]);

/** A user as Go prints one. */
function userText({ name, uid = '', groups, extra = {} }: User): string {
  const more = Object.entries(extra).map(([key, values]) => `${key}:[${values.join(' ')}]`);
  return `&{${name} ${uid} [${groups.join(' ')}] map[${more.join(' ')}]}`;
}

/** The plugin. */
export class ParamAccess implements AdmissionPlugin {
  readonly name = 'ParamAccess';
  readonly #options: Pick<PolicyOptions, 'catalogue' | 'authorize'>;
  readonly #reader: Reader;

  constructor(options: Pick<PolicyOptions, 'catalogue' | 'authorize'>, reader: Reader) {
    this.#options = options;
    this.#reader = reader;
  }

  handles({ info, operation, subresource, user }: AdmissionRequest): boolean {
    if (info.group !== validatingPolicies.group || !checked.has(info.resource) || subresource !== '') return false;
    return (operation === 'CREATE' || operation === 'UPDATE') && !user.groups.includes(mastersGroup);
  }

  validate(request: AdmissionRequest): void {
    const policies = policiesOf.get(request.info.resource);
    if (policies === undefined) this.#policy(request);
    else this.#binding(request, policies);
  }

  #policy(request: AdmissionRequest): void {
    const kind = (request.object as Policy | undefined)?.spec?.paramKind;
    if (kind === undefined || sameJson(kind, (request.old as Policy | undefined)?.spec?.paramKind)) return;
    if (this.#mayGet(request.user, kind, '*', '*')) return;
    const what = `(kind=${kind.kind}, apiVersion=${kind.apiVersion})`;
    const why = `must have "get" permission on all objects of the referenced paramKind ${what}`;
    throw refusal(request, 'spec.paramKind', why);
  }

  #binding(request: AdmissionRequest, policies: ResourceRef): void {
    const spec = (request.object as PolicyBinding | undefined)?.spec;
    const old = (request.old as PolicyBinding | undefined)?.spec;
    const ref = spec?.paramRef;
    if (ref === undefined) return;
    if (sameJson(ref, old?.paramRef) && spec?.policyName === old?.policyName) return;
    const policy = this.#reader.get(policies, '', spec?.policyName ?? '')?.object<Policy>();
    if (this.#mayGet(request.user, policy?.spec?.paramKind, ref.namespace ?? '', ref.name ?? '')) return;
    throw refusal(request, 'spec.paramRef', 'does not have "get" permission on the object referenced by paramRef');
  }

  /** API: of a kind that is not known, all must be allowed. */
  #mayGet(user: User, kind: ParamKind | undefined, namespace: string, name: string): boolean {
    const { catalogue, authorize } = this.#options;
    const { group, version } =
      kind === undefined ? { group: '*', version: '*' } : parseApiVersion(kind.apiVersion ?? '');
    const resource = catalogue.byKind(group, version, kind?.kind ?? '')?.resource ?? '*';
    const access = { user, verb: 'get', group, version, resource, subresource: '', namespace, name };
    return authorize === undefined || authorize(access).allowed;
  }
}

function refusal({ info, name, user }: AdmissionRequest, field: string, why: string): Error {
  return invalidObject(info.group, info.kind, name, [forbiddenField(field, `user ${userText(user)} ${why}`)]);
}

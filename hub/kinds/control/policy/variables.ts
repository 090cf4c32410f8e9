/** The variables of admission's expressions: their types, and their values, made when they are first asked for. */
import type { KubeObject } from '../../../api/object.ts';
import { AuthorizerValue, ResourceCheck } from '../../../cel/library/authorizations.ts';
import { readTimestamp } from '../../../cel/library/time.ts';
import {
  authorizer,
  bool,
  dyn,
  int,
  isSimple,
  listOf,
  mapOf,
  resourceCheck,
  string,
  timestamp,
  type Type,
} from '../../../cel/types/type.ts';
import { EvaluationError, List, Struct, type Value } from '../../../cel/types/value.ts';
import { anyValue } from '../../custom/rule-types.ts';
import type { AdmissionInput } from './evaluation.ts';

const object = (name: string, fields: Readonly<Record<string, Type>>): Type => ({
  is: 'object',
  name: `kubernetes.${name}`,
  fields: new Map(Object.entries(fields)),
});
const texts = listOf(string);
const labels = mapOf(string, string);
const kindType = object('GroupVersionKind', { group: string, version: string, kind: string });
const resourceType = object('GroupVersionResource', { group: string, version: string, resource: string });
const userType = object('UserInfo', {
  username: string,
  uid: string,
  groups: texts,
  extra: mapOf(string, texts),
});

const requestType = object('AdmissionRequest', {
  kind: kindType,
  resource: resourceType,
  subResource: string,
  requestKind: kindType,
  requestResource: resourceType,
  requestSubResource: string,
  name: string,
  namespace: string,
  operation: string,
  userInfo: userType,
  dryRun: bool,
  options: dyn,
});

/** API: only these fields of a Namespace are shown, under these names. */
const namespaceType = object('Namespace', {
  metadata: object('NamespaceMetadata', {
    name: string,
    generateName: string,
    namespace: string,
    labels,
    annotations: labels,
    UID: string,
    creationTimestamp: timestamp,
    deletionGracePeriodSeconds: int,
    deletionTimestamp: timestamp,
    generation: int,
    resourceVersion: string,
    finalizers: texts,
  }),
  spec: object('NamespaceSpec', { finalizers: texts }),
  status: object('NamespaceStatus', {
    conditions: listOf(
      object('NamespaceCondition', {
        status: string,
        type: string,
        lastTransitionTime: timestamp,
        message: string,
        reason: string,
      }),
    ),
    phase: string,
  }),
});

/** Which variables an expression may name beside those every one may. */
export interface Naming {
  readonly params: boolean;
  readonly authorizer: boolean;
  /** The types of `object` and `oldObject`, and of `params`; unset: not known before they are there. */
  readonly objectType?: Type | undefined;
  readonly paramsType?: Type | undefined;
}

/** The types of the variables. */
export function variableTypes({ params, authorizer: asks, objectType, paramsType }: Naming): Map<string, Type> {
  const types = new Map<string, Type>([
    ['object', objectType ?? dyn],
    ['oldObject', objectType ?? dyn],
    ['request', requestType],
    ['namespaceObject', namespaceType],
  ]);
  if (params) types.set('params', paramsType ?? dyn);
  if (asks) {
    types.set('authorizer', authorizer);
    types.set('authorizer.requestResource', resourceCheck);
  }
  return types;
}

/** Values that are made when they are first asked for; one that cannot be made fails each time. */
export class LazyValues extends Map<string, Value> {
  readonly #makers: ReadonlyMap<string, () => Value>;
  readonly #failures = new Map<string, EvaluationError>();

  constructor(makers: ReadonlyMap<string, () => Value>) {
    super();
    this.#makers = makers;
  }

  override get(name: string): Value | undefined {
    const made = super.get(name);
    if (made !== undefined) return made;
    const failure = this.#failures.get(name);
    if (failure !== undefined) throw failure;
    const maker = this.#makers.get(name);
    if (maker === undefined) return undefined;
    try {
      const value = maker();
      this.set(name, value);
      return value;
    } catch (error) {
      if (error instanceof EvaluationError) this.#failures.set(name, error);
      throw error;
    }
  }
}

/** A value as its declared type wants it; what an object does not have is not there. */
function typed(value: unknown, type: Type): Value {
  if (type.is === 'list') return new List(((value ?? []) as unknown[]).map((item) => typed(item, type.item)));
  if (isSimple(type, 'google.protobuf.Timestamp')) return readTimestamp(String(value));
  if (type.is !== 'object') return anyValue(value ?? null);
  const fields = new Map<string, Value>();
  for (const [name, part] of type.fields) {
    const field = (value as Record<string, unknown>)[name];
    if (field !== undefined && field !== null) fields.set(name, typed(field, part));
  }
  return new Struct(fields);
}

function namespaceValue(namespace: KubeObject | undefined): Value {
  return namespace === undefined ? null : typed(namespace, namespaceType);
}

/** The makers of the variables' values. */
export function variableValues(input: AdmissionInput): Map<string, () => Value> {
  const { access } = input;
  const makers = new Map<string, () => Value>([
    ['object', () => anyValue(input.object ?? null)],
    ['oldObject', () => anyValue(input.oldObject ?? null)],
    ['params', () => anyValue(input.params ?? null)],
    ['request', () => typed(input.request, requestType)],
    ['namespaceObject', () => namespaceValue(input.namespace)],
  ]);
  if (access !== undefined) {
    const asks = new AuthorizerValue(access.user, access.authorize);
    makers.set('authorizer', () => asks);
    makers.set('authorizer.requestResource', () => new ResourceCheck(asks, access.resource));
  }
  return makers;
}

/** What webhooks are asked (admission.k8s.io/v1 AdmissionReview), and what their answers mean. Pure. */
import type { Authorize } from '../../../api/access.ts';
import { ApiError, type Reason, reasonCodes, type StatusDetails } from '../../../api/errors.ts';
import type { KubeObject } from '../../../api/object.ts';
import type { AdmissionInput } from '../../../kinds/control/policy/evaluation.ts';
import type { ResourceInfo } from '../../../kinds/kind.ts';
import type { AdmissionRequest, DeleteOptions } from '../../registry.ts';
import { isNamespace } from './rules.ts';

/** The objects of a request in the version a webhook sees them in. */
export interface Seen {
  readonly info: ResourceInfo;
  readonly object: KubeObject | undefined;
  readonly old: KubeObject | undefined;
}

/** metav1.Status, as far as a webhook says something in it. */
interface Result {
  readonly code?: number;
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
}

/** A webhook's answer, checked. */
export interface ReviewAnswer {
  readonly allowed: boolean;
  /** A JSON patch, decoded; undefined when nothing is to be changed. */
  readonly patch: string | undefined;
  readonly warnings: readonly string[];
  /** What it wants written into the audit log, in its own name. */
  readonly annotations: readonly (readonly [key: string, value: string])[];
  readonly result: Result | undefined;
}

/** The kind of the bodies of a request, and its version. */
export function kindOf(info: ResourceInfo, subresource: string): { group: string; version: string; kind: string } {
  const part = info.subresources.get(subresource);
  if (part === undefined || part.kind === info.kind) {
    return { group: info.group, version: info.version, kind: info.kind };
  }
  return { group: part.group ?? info.group, version: part.version ?? info.version, kind: part.kind };
}

function resourceOf({ group, version, resource }: ResourceInfo): { group: string; version: string; resource: string } {
  return { group, version, resource };
}

const optionKinds = { CREATE: 'CreateOptions', UPDATE: 'UpdateOptions', DELETE: 'DeleteOptions' } as const;

/** The options of a request as objects; null for connections, which have them in the place of an object. */
function optionsOf({ operation, options, dryRun }: AdmissionRequest): object | null {
  if (operation === 'CONNECT') return null;
  const head = { kind: optionKinds[operation], apiVersion: 'meta.k8s.io/v1', ...(dryRun ? { dryRun: ['All'] } : {}) };
  if (options === undefined) return head;
  if (operation === 'DELETE') {
    const { gracePeriodSeconds, propagationPolicy, preconditions } = options as DeleteOptions;
    return { ...head, gracePeriodSeconds, propagationPolicy, preconditions };
  }
  return { ...head, fieldManager: options.manager, fieldValidation: options.fieldValidation };
}

/** A request without its objects, as webhooks and their conditions see it in the version of `info`. */
function requestOf(request: AdmissionRequest, info: ResourceInfo): object {
  const { operation, subresource, name, user, dryRun } = request;
  const namespace = isNamespace(info) && operation !== 'CREATE' ? name : request.namespace;
  const { name: username, uid, groups, extra } = user;
  return {
    kind: kindOf(info, subresource),
    resource: resourceOf(info),
    ...(subresource === '' ? {} : { subResource: subresource }),
    requestKind: kindOf(request.info, subresource),
    requestResource: resourceOf(request.info),
    ...(subresource === '' ? {} : { requestSubResource: subresource }),
    ...(name === '' ? {} : { name }),
    ...(namespace === '' ? {} : { namespace }),
    operation,
    userInfo: { username, ...(uid === undefined ? {} : { uid }), groups, ...(extra === undefined ? {} : { extra }) },
    dryRun,
    options: optionsOf(request),
  };
}

/** What expressions are asked about. */
export function inputOf(
  request: AdmissionRequest,
  { info, object, old }: Seen,
  authorize: Authorize | undefined,
): AdmissionInput {
  const { subresource, namespace, name, user } = request;
  const { group, resource } = request.info;
  const about = { group, resource, subresource, namespace, name };
  return {
    request: requestOf(request, info),
    object,
    oldObject: old,
    access: authorize === undefined ? undefined : { user, authorize, resource: about },
  };
}

/** The body of the question. */
export function reviewOf(request: AdmissionRequest, { info, object, old }: Seen, uid: string): object {
  return {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: { uid, ...requestOf(request, info), object: object ?? null, oldObject: old ?? null },
  };
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function quoted(value: unknown): string {
  return JSON.stringify(typeof value === 'string' ? value : '');
}

/** Reads an answer. Throws an Error that says what is wrong with it. */
export function answerOf(answer: unknown, uid: string, mutating: boolean): ReviewAnswer {
  const review = isFields(answer) ? answer : {};
  const { kind, apiVersion, response } = review;
  if (kind !== 'AdmissionReview' || apiVersion !== 'admission.k8s.io/v1') {
    const got = `${typeof apiVersion === 'string' ? apiVersion : ''}, Kind=${typeof kind === 'string' ? kind : ''}`;
    throw new Error(`expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got ${got}`);
  }
  if (!isFields(response)) throw new Error('webhook response was absent');
  if (response['uid'] !== uid) throw new Error(`expected response.uid=${quoted(uid)}, got ${quoted(response['uid'])}`);
  return {
    allowed: response['allowed'] === true,
    patch: patchOf(response, mutating),
    warnings: Array.isArray(response['warnings']) ? response['warnings'].filter((one) => typeof one === 'string') : [],
    annotations: annotationsOf(response['auditAnnotations']),
    result: isFields(response['status']) ? (response['status'] as Result) : undefined,
  };
}

function annotationsOf(given: unknown): [string, string][] {
  const entries = isFields(given) ? Object.entries(given) : [];
  return entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
}

function patchOf({ patch, patchType }: Fields, mutating: boolean): string | undefined {
  const isEmpty = typeof patch !== 'string' || patch === '';
  if (!mutating) {
    if (!isEmpty) throw new Error('validating webhook may not return response.patch');
    if (patchType !== undefined && patchType !== null) {
      throw new Error('validating webhook may not return response.patchType');
    }
    return undefined;
  }
  const hasType = patchType !== undefined && patchType !== null;
  if (isEmpty && hasType) throw new Error('webhook returned response.patchType but not response.patch');
  if (isEmpty) return undefined;
  if (!hasType) throw new Error('webhook returned response.patch but not response.patchType');
  if (patchType !== 'JSONPatch') throw new Error(`webhook returned invalid response.patchType of ${quoted(patchType)}`);
  return Buffer.from(patch, 'base64').toString('utf8');
}

const leastCode = 400;
const greatestCode = 599;

/** What the client is told when a webhook refuses. */
export function refusalOf(name: string, result: Result | undefined): ApiError {
  const { message, reason, code, details } = result ?? {};
  const by = `admission webhook ${JSON.stringify(name)} denied the request`;
  const why = message || reason;
  const isCode = typeof code === 'number' && Number.isInteger(code) && code >= leastCode && code <= greatestCode;
  const known = typeof reason === 'string' && Object.hasOwn(reasonCodes, reason) ? (reason as Reason) : 'Unknown';
  return new ApiError(known, why ? `${by}: ${why}` : `${by} without explanation`, {
    code: isCode ? code : leastCode,
    ...(isFields(details) ? { details } : {}),
  });
}

/** One request as policies see it: in the version each wants, with its namespace. */
import { notFound } from '../../../api/errors.ts';
import type { KubeObject } from '../../../api/object.ts';
import { namespaces } from '../../../api/resource.ts';
import type { AdmissionInput } from '../../../kinds/control/policy/evaluation.ts';
import type { ResourceInfo } from '../../../kinds/kind.ts';
import type { AdmissionRequest } from '../../registry.ts';
import type { Reader } from '../forbid.ts';
import { converted } from '../webhooks/convert.ts';
import { namespaceOf } from '../webhooks/matching.ts';
import { inputOf, type Seen } from '../webhooks/review.ts';
import { isNamespace } from '../webhooks/rules.ts';
import type { PolicyOptions } from './policy-options.ts';

/** The objects of a request in the version of `info`. */
export async function seenIn(options: PolicyOptions, request: AdmissionRequest, info: ResourceInfo): Promise<Seen> {
  return {
    info,
    object: await converted(options, request.info, info, request.object),
    old: await converted(options, request.info, info, request.old),
  };
}

/** The namespace of a request; undefined for what is in none, and for Namespaces. Throws NotFound. */
export function namespaceObject(request: AdmissionRequest, reader: Reader): KubeObject | undefined {
  const name = namespaceOf(request);
  if (name === '' || isNamespace(request.info)) return undefined;
  const entry = reader.get(namespaces, '', name);
  if (entry === undefined) throw notFound(namespaces, name);
  return entry.object();
}

/** What a policy is asked about. */
export function policyInput(
  options: PolicyOptions,
  request: AdmissionRequest,
  seen: Seen,
  more: { params: KubeObject | undefined; namespace: KubeObject | undefined },
): AdmissionInput {
  return { ...inputOf(request, seen, options.authorize), ...more };
}

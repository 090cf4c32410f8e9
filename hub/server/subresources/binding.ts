/** Bindings: giving a Pod its node. API: pods/binding, and bindings with the Pod's name. */
import { ApiError, badRequest, conflict } from '../../api/errors.ts';
import type { ObjectMeta } from '../../api/object.ts';
import type { Pod } from '../../api/pod.ts';
import { setPodCondition } from '../../api/pod-condition.ts';
import { pods } from '../../api/resource.ts';
import type { AdmissionForm } from '../../registry/registry.ts';
import { readBody } from '../body.ts';
import type { Call } from '../call.ts';
import { bodyOf, decodeBody } from '../decode-body.ts';
import type { Route } from '../route.ts';
import type { Services } from '../services.ts';
import { sendSuccess } from './success.ts';
import { writeOptions } from '../write-options.ts';

const about = { group: '', resource: 'pods/binding' };

/** Binds the Pod the request names. */
export async function bind(services: Services, call: Call, route: Route): Promise<void> {
  const { target } = call;
  if (target === undefined) return;
  const options = writeOptions(call, 'CreateOptions');
  const body = await decodeBody(services, call, bodyOf(route), await readBody(call.req), options.fieldValidation);
  const name = target.name === '' ? (body.metadata.name ?? '') : target.name;
  const written = body.metadata.name;
  if (written !== undefined && written !== '' && written !== name) {
    throw badRequest('name in URL does not match name in Binding object');
  }
  const node = nodeOf(body.target);
  const bound = (pod: Pod): void => assign(pod, node, body.metadata, services.clock.now());
  await services.registry.modify<Pod>(pods, target.namespace, name, bound, {
    ...options,
    subresource: 'binding',
    form: bindingForm,
  });
  sendSuccess(call);
}

/** A Pod as admission sees it when it is bound. */
const bindingForm: AdmissionForm = {
  operation: 'CREATE',
  of(pod) {
    const { name, namespace, uid } = pod.metadata;
    const target = { kind: 'Node', name: (pod as unknown as Pod).spec.nodeName ?? '' };
    return { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace, uid } as ObjectMeta, target };
  },
  put(pod, binding) {
    (pod as unknown as Pod).spec.nodeName = nodeOf(binding.target);
  },
};

function nodeOf(value: unknown): string {
  const { name, kind } = (value ?? {}) as { name?: string; kind?: string };
  if (name === undefined || name === '') throw new ApiError('InternalError', 'target.name: Required value');
  if (kind !== undefined && kind !== '' && kind !== 'Node') {
    const text = `target.kind: Unsupported value: ${JSON.stringify(kind)}: supported values: "Node", "<empty>"`;
    throw new ApiError('InternalError', text);
  }
  return name;
}

/** Changes `pod` in place. */
function assign(
  pod: Pod,
  node: string,
  metadata: { uid?: string; annotations?: Record<string, string> },
  now: number,
): void {
  const name = pod.metadata.name ?? '';
  const { uid, annotations } = metadata;
  if (uid !== undefined && uid !== '' && uid !== pod.metadata.uid) {
    throw conflict(
      about,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${pod.metadata.uid}`,
    );
  }
  if (pod.metadata.deletionTimestamp !== undefined) {
    throw conflict(about, name, `pod ${name} is being deleted, cannot be assigned to a host`);
  }
  if (pod.spec.nodeName !== undefined && pod.spec.nodeName !== '') {
    throw conflict(about, name, `pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`);
  }
  const gates = (pod.spec as { schedulingGates?: unknown[] }).schedulingGates;
  if (gates !== undefined && gates.length > 0) {
    throw conflict(about, name, `pod ${name} has non-empty .spec.schedulingGates`);
  }
  pod.spec.nodeName = node;
  if (annotations !== undefined) pod.metadata.annotations = { ...pod.metadata.annotations, ...annotations };
  setPodCondition(pod, { type: 'PodScheduled', status: 'True' }, now);
}

/** PodResizeValidator: a Pod is not resized beyond what its node has for Pods. */
import { ApiError } from '../../api/errors.ts';
import { compareQuantities } from '../../api/exact-quantity.ts';
import type { Node } from '../../api/node.ts';
import type { Pod } from '../../api/pod.ts';
import { quantityMilliValue, quantityValue } from '../../api/quantity.ts';
import { nodes } from '../../api/resource.ts';
import { sameJson } from '../../api/same-json.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../registry.ts';
import { forbid, isPodResize, type Reader } from './forbid.ts';
import { podAmounts } from './pod-amounts.ts';

/** The plugin. */
export class PodResizeValidator implements AdmissionPlugin {
  readonly name = 'PodResizeValidator';
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  handles(request: AdmissionRequest): boolean {
    return isPodResize(request);
  }

  validate(request: AdmissionRequest): void {
    const pod = request.object as unknown as Pod;
    const name = pod.spec.nodeName ?? '';
    if (name === '' || sameJson(request.old?.spec, pod.spec)) return;
    const node = this.#reader.get(nodes, '', name)?.object<Node>();
    if (node === undefined) throw forbid(request, `node ${JSON.stringify(name)} not found`);
    const system = node.metadata.labels?.['kubernetes.io/os'];
    if (system !== undefined && system !== 'linux') {
      const quoted = [name, system].map((one) => JSON.stringify(one));
      const why = `pod resize is only supported on linux nodes, node ${quoted.join(' is ')}`;
      throw withCause(forbid(request, why), 'UnsupportedPlatform');
    }
    const over = beyond(pod, node.status?.allocatable ?? {});
    if (over.length === 0) return;
    const why = `node didn't have enough allocatable resources: ${over.join('; ')}`;
    throw withCause(forbid(request, why), 'NodeCapacity');
  }
}

/** API: clients tell by the cause that asking again makes no sense. */
function withCause(error: ApiError, reason: string): ApiError {
  return new ApiError(error.reason, error.message, { details: { ...error.details, causes: [{ reason }] } });
}

function beyond(pod: Pod, allocatable: Readonly<Record<string, string>>): string[] {
  const requests = podAmounts({ ...pod, status: {} }, 'requests');
  const shown = { cpu: quantityMilliValue, memory: quantityValue } as const;
  const over: string[] = [];
  for (const name of ['cpu', 'memory'] as const) {
    const [asked, there] = [requests[name] ?? '0', allocatable[name] ?? '0'];
    if (compareQuantities(asked, there) <= 0) continue;
    over.push(`${name}, requested: ${shown[name](asked)}, allocatable: ${shown[name](there)}`);
  }
  return over;
}

/** RuntimeClass: what a runtime costs and where it runs becomes part of the Pods that ask for it. */
import type { RuntimeClass } from '../../api/class.ts';
import type { Pod } from '../../api/pod.ts';
import { runtimeClasses } from '../../api/resource.ts';
import { sameJson } from '../../api/same-json.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../registry.ts';
import { forbid, isPodCreate, type Reader } from './forbid.ts';

/** The plugin. */
export class RuntimeClassAdmission implements AdmissionPlugin {
  readonly name = 'RuntimeClass';
  readonly handles = isPodCreate;
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  mutate(request: AdmissionRequest): void {
    const pod = request.object as unknown as Pod;
    const found = this.#of(request, pod);
    if (found === undefined) return;
    setOverhead(request, pod, found);
    setScheduling(request, pod, found);
  }

  validate(request: AdmissionRequest): void {
    const pod = request.object as unknown as Pod;
    const overhead = this.#of(request, pod)?.overhead?.podFixed;
    if (pod.spec.overhead === undefined || sameJson(pod.spec.overhead, overhead)) return;
    throw forbid(
      request,
      overhead === undefined
        ? 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead'
        : "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
    );
  }

  #of(request: AdmissionRequest, pod: Pod): RuntimeClass | undefined {
    const name = pod.spec.runtimeClassName;
    if (name === undefined) return undefined;
    const entry = this.#reader.get(runtimeClasses, '', name);
    if (entry === undefined) throw forbid(request, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`);
    return entry.object<RuntimeClass>();
  }
}

function setOverhead(request: AdmissionRequest, pod: Pod, { overhead }: RuntimeClass): void {
  if (overhead?.podFixed === undefined) return;
  if (pod.spec.overhead !== undefined && !sameJson(pod.spec.overhead, overhead.podFixed)) {
    throw forbid(request, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
  }
  pod.spec.overhead = { ...overhead.podFixed };
}

function setScheduling(request: AdmissionRequest, pod: Pod, { scheduling }: RuntimeClass): void {
  for (const [key, value] of Object.entries(scheduling?.nodeSelector ?? {})) {
    pod.spec.nodeSelector ??= {};
    const own = pod.spec.nodeSelector[key];
    if (own !== undefined && own !== value) {
      throw forbid(
        request,
        `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`,
      );
    }
    pod.spec.nodeSelector[key] = value;
  }
  const missing = (scheduling?.tolerations ?? []).filter(
    (toleration) => !pod.spec.tolerations?.some((own) => sameJson(own, toleration)),
  );
  if (missing.length > 0) {
    pod.spec.tolerations = [...missing.map((toleration) => ({ ...toleration })), ...(pod.spec.tolerations ?? [])];
  }
}

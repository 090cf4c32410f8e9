/** PodSecurity: Pods keep to the level their namespace asks for; templates of workloads are warned about. */
import type { RuntimeClass } from '../../../api/class.ts';
import type { Namespace } from '../../../api/config.ts';
import { invalidObject } from '../../../api/field-error.ts';
import type { KubeObject } from '../../../api/object.ts';
import type { Pod, PodSpec } from '../../../api/pod.ts';
import { namespaces, runtimeClasses } from '../../../api/resource.ts';
import { sameJson } from '../../../api/same-json.ts';
import type { AdmissionPlugin, AdmissionRequest, Entry } from '../../registry.ts';
import { forbid, type Reader } from '../forbid.ts';
import { containersOf, type Subject } from './check.ts';
import { labelErrors, policyText, prefix, violations } from './policy.ts';

const templated: ReadonlySet<string> = new Set([
  'replicationcontrollers',
  'podtemplates',
  'replicasets',
  'deployments',
  'statefulsets',
  'daemonsets',
  'jobs',
  'cronjobs',
]);

const noLabels: Readonly<Record<string, string>> = {};

/** The template inside a workload. */
function templateOf(object: KubeObject): Subject | undefined {
  type Templated = { template?: Partial<Subject>; jobTemplate?: { spec?: Templated } };
  const outer = (object.kind === 'PodTemplate' ? object : object.spec) as Templated | undefined;
  const template = outer?.template ?? outer?.jobTemplate?.spec?.template;
  return template?.spec === undefined ? undefined : { metadata: template.metadata ?? {}, spec: template.spec };
}

/** API: updates that change no image and no container are not judged again. */
function isSignificant(spec: PodSpec, old: PodSpec | undefined): boolean {
  const images = (one: PodSpec): string[] => containersOf(one).map((container) => container.image ?? '');
  return old === undefined || !sameJson(images(spec), images(old));
}

/** The plugin. */
export class PodSecurity implements AdmissionPlugin {
  readonly name = 'PodSecurity';
  readonly #reader: Reader;
  readonly #labels = new WeakMap<Entry, Readonly<Record<string, string>>>();

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  handles({ operation, info, subresource }: AdmissionRequest): boolean {
    if (operation !== 'CREATE' && operation !== 'UPDATE') return false;
    if (info.resource === 'pods') return subresource === '' || subresource === 'ephemeralcontainers';
    return subresource === '' && (info.resource === 'namespaces' || templated.has(info.resource));
  }

  validate(request: AdmissionRequest): void {
    const object = request.object as KubeObject;
    if (request.info.resource === 'namespaces') {
      const errors = labelErrors(object.metadata.labels ?? {});
      if (errors.length > 0) throw invalidObject('', 'Namespace', object.metadata.name ?? '', errors);
      return;
    }
    const labels = this.#labelsOf(request.namespace);
    if (labels === noLabels && request.annotate === undefined) return;
    if (request.info.resource === 'pods') this.#pod(request, object as unknown as Pod, labels);
    else {
      const subject = templateOf(object);
      if (subject === undefined) return;
      const judged = this.#withHandler(subject);
      audit(request, labels, judged);
      warn(request, labels, judged);
    }
  }

  #withHandler({ metadata, spec }: Subject): Subject {
    const name = spec.runtimeClassName;
    const found = name === undefined ? undefined : this.#reader.get(runtimeClasses, '', name);
    return { metadata, spec, ...(found === undefined ? {} : { handler: found.object<RuntimeClass>().handler }) };
  }

  #pod(request: AdmissionRequest, pod: Pod, labels: Readonly<Record<string, string>>): void {
    const old = request.old as unknown as Pod | undefined;
    if (request.operation === 'UPDATE' && !isSignificant(pod.spec, old?.spec)) return;
    const subject = this.#withHandler(pod);
    request.annotate?.(`${prefix}enforce-policy`, policyText(labels, 'enforce'));
    const enforced = violations(labels, 'enforce', subject);
    audit(request, labels, subject);
    if (enforced !== '') throw forbid(request, `violates ${enforced}`);
    warn(request, labels, subject);
  }

  #labelsOf(namespace: string): Readonly<Record<string, string>> {
    const entry = this.#reader.get(namespaces, '', namespace);
    if (entry === undefined) return noLabels;
    let labels = this.#labels.get(entry);
    if (labels === undefined) {
      const all = entry.object<Namespace>().metadata.labels ?? {};
      const own = Object.entries(all).filter(([key]) => key.startsWith(prefix));
      labels = own.length === 0 ? noLabels : Object.fromEntries(own);
      this.#labels.set(entry, labels);
    }
    return labels;
  }
}

/** API: the level of `audit` counts for the audit log alone. */
function audit(request: AdmissionRequest, labels: Readonly<Record<string, string>>, subject: Subject): void {
  if (request.annotate === undefined) return;
  const found = violations(labels, 'audit', subject);
  if (found !== '') request.annotate(`${prefix}audit-violations`, `would violate ${found}`);
}

function warn(request: AdmissionRequest, labels: Readonly<Record<string, string>>, subject: Subject): void {
  const found = violations(labels, 'warn', subject);
  if (found !== '') request.warn(`would violate ${found}`);
}

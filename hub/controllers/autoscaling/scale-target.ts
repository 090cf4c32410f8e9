/** The workload an autoscaler is about: how many replicas it has, and which Pods are its. */
import { isNotFound } from '../../api/errors.ts';
import type { CrossVersionObjectReference } from '../../api/autoscaling.ts';
import type { KubeObject, LabelSelector } from '../../api/object.ts';
import { parseApiVersion } from '../../api/resource.ts';
import { type LabelMatcher, labelSelectorMatcher, parseLabelSelector } from '../../api/selector.ts';
import type { Registry, WriteOptions } from '../../registry/registry.ts';

/** A workload that can be scaled. */
export interface ScaleTarget {
  readonly wanted: number;
  /** Undefined when it selects nothing. Throws for a text that is no selector. */
  readonly selector: LabelMatcher | undefined;
  /** Gives it that many; rejects when the API refuses. */
  scale(replicas: number): Promise<void>;
}

interface Scalable extends KubeObject {
  spec?: { replicas?: number; selector?: LabelSelector | Record<string, string> };
}

const builtIn = new Set(['deployments.apps', 'replicasets.apps', 'statefulsets.apps', 'replicationcontrollers.']);

function infoOf(
  registry: Registry,
  { apiVersion = '', kind }: CrossVersionObjectReference,
): NonNullable<ReturnType<Registry['catalogue']['byKind']>> {
  const { group, version } = parseApiVersion(apiVersion);
  const info = registry.catalogue.byKind(group, version, kind);
  if (info === undefined)
    throw new Error(`no matches for kind ${JSON.stringify(kind)} in group ${JSON.stringify(group)}`);
  if (info.custom?.scale === undefined && !builtIn.has(`${info.resource}.${info.group}`))
    throw new Error(`the server could not find the requested resource: ${info.resource}/scale`);
  return info;
}

/** The workload. Throws with the reason when there is none, or it cannot be scaled. */
export function scaleTargetOf(
  registry: Registry,
  namespace: string,
  reference: CrossVersionObjectReference,
  writer: WriteOptions,
): ScaleTarget {
  const info = infoOf(registry, reference);
  const entry = registry.get(info, namespace, reference.name);
  if (entry === undefined)
    throw new Error(
      `${info.resource}${info.group === '' ? '' : `.${info.group}`} ${JSON.stringify(reference.name)} not found`,
    );
  const object = (info.custom === undefined ? entry.object() : registry.served(info, entry)) as Scalable;
  const custom = info.custom?.scale;
  const selector = (): LabelMatcher | undefined => {
    if (custom !== undefined) {
      const text = custom.selector(object);
      return text === '' ? undefined : parseLabelSelector(text);
    }
    const said = object.spec?.selector;
    if (said === undefined) return undefined;
    return labelSelectorMatcher(info.group === '' ? { matchLabels: said as Record<string, string> } : said);
  };
  return {
    wanted: (custom === undefined ? object.spec?.replicas : custom.replicas(object)) ?? 0,
    get selector() {
      return selector();
    },
    async scale(replicas) {
      const set = (now: Scalable): void => {
        if (custom === undefined) now.spec = { ...now.spec, replicas };
        else custom.setReplicas(now, replicas);
      };
      try {
        await registry.modify<Scalable>(info, namespace, reference.name, set, { ...writer, subresource: 'scale' });
      } catch (error) {
        if (isNotFound(error)) throw new Error(`${reference.kind} ${reference.name} is gone`, { cause: error });
        throw error;
      }
    },
  };
}

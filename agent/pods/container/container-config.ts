/** What the runtime is told of a container: the Pod's words with everything looked up. Pure. */
import type { Container } from '../../../hub/api/container.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import { parseQuantity } from '../../../hub/api/quantity.ts';
import type { ContainerConfig, Resources } from '../../runtime/container.ts';
import { RuntimeError } from '../../runtime/runtime.ts';
import type { PlacedVolume } from '../../volumes/volumes.ts';
import { containerEnvironment, expand, MissingReference, type ReferencedObjects } from './environment.ts';
import type { FieldContext } from './fields.ts';
import type { ImageObservation } from '../../runtime/image.ts';
import { type PlannedMount, plannedMounts } from './mounts.ts';
import { oomScore } from '../admission/pod-resources.ts';
import { podHostname } from './sandbox-config.ts';
import { containerSecurity, containerUser } from './security.ts';

/** Everything that is looked up. */
export interface ConfigInput {
  readonly pod: Pod;
  readonly container: Container;
  readonly id: string;
  readonly attempt: number;
  readonly objects: ReferencedObjects;
  readonly fields: FieldContext;
  readonly volumes: ReadonlyMap<string, PlacedVolume>;
  readonly base: Readonly<Record<string, string>>;
  /** The image it is made from; unset where there are no images. */
  readonly image?: ImageObservation;
  /** Id of the container whose processes an ephemeral one sees. */
  readonly processesOf?: string;
}

/** What the runtime is told, but for the parts of volumes that are still to be put in place. */
export type PlannedConfig = Omit<ContainerConfig, 'mounts'> & { readonly mounts: readonly PlannedMount[] };

/** The configuration; throws RuntimeError CreateContainerConfigError when it cannot be made. */
export function containerConfig(input: ConfigInput): PlannedConfig {
  const { pod, container } = input;
  const { uid = '', namespace = '', name = '' } = pod.metadata;
  const environment = environmentOf(input);
  const user = containerUser(pod, container, input.image?.user);
  const signal = container.lifecycle?.stopSignal;
  return {
    pod: { uid, namespace, name },
    id: input.id,
    name: container.name,
    attempt: input.attempt,
    image: container.image ?? '',
    imageId: input.image?.id ?? '',
    command: (container.command ?? []).map((word) => expand(word, environment)),
    args: (container.args ?? []).map((word) => expand(word, environment)),
    environment,
    ...(container.workingDir === undefined || container.workingDir === '' ? {} : { workingDir: container.workingDir }),
    ...(user === undefined ? {} : { user }),
    mounts: plannedMounts(pod, container, input.volumes, environment),
    resources: containerResources(pod, container, input.fields.allocatable.memory),
    security: containerSecurity(pod, container, input.processesOf),
    termination: {
      path: container.terminationMessagePath ?? '/dev/termination-log',
      logOnError: container.terminationMessagePolicy === 'FallbackToLogsOnError',
    },
    stdin: container.stdin === true,
    stdinOnce: container.stdinOnce === true,
    tty: container.tty === true,
    ...(signal === undefined ? {} : { stopSignal: signal }),
  };
}

function environmentOf({ pod, container, objects, fields, base }: ConfigInput): Record<string, string> {
  const hostname = podHostname(pod);
  try {
    return containerEnvironment({ pod, container, objects, fields, base: { ...base, HOSTNAME: hostname } });
  } catch (error) {
    if (error instanceof MissingReference)
      throw new RuntimeError('CreateContainerConfigError', error.message, { cause: error });
    throw error;
  }
}

/** What `container` may use; `memory` is the node's, in bytes. */
export function containerResources(pod: Pod, container: Container, memory: number): Resources {
  const { resources } = container;
  const amount = (text: string | undefined): number | undefined =>
    text === undefined ? undefined : parseQuantity(text);
  const cpuLimit = amount(resources?.limits?.['cpu']);
  const cpuRequest = amount(resources?.requests?.['cpu']) ?? cpuLimit;
  const memoryLimit = amount(resources?.limits?.['memory']);
  return {
    ...(cpuLimit === undefined || cpuLimit === 0 ? {} : { cpuLimit }),
    ...(cpuRequest === undefined ? {} : { cpuRequest }),
    ...(memoryLimit === undefined || memoryLimit === 0 ? {} : { memoryLimit }),
    oomScore: oomScore(pod, container, memory),
  };
}

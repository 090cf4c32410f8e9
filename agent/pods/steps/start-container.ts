/** Starts one attempt of a container: image, configuration, checkpoint, runtime, in this order. */
import { randomBytes } from 'node:crypto';
import type { Mount } from '../../runtime/container.ts';
import type { ContainerCheckpoint } from '../../state/checkpoints.ts';
import { allocatedPod } from '../admission/allocation.ts';
import { containerConfig } from '../container/container-config.ts';
import { hostsFile } from '../container/hosts-file.ts';
import { placeMounts } from '../container/mounts.ts';
import type { PodRecord } from '../pod-record.ts';
import { podDomainName, podHostname } from '../container/sandbox-config.ts';
import { containerNamed } from '../situation.ts';
import { saveContainer, type StepContext } from './step-context.ts';
import type { StepOf } from '../step.ts';

/** Starts it; `later` when its image has to come first. Rejects with RuntimeError. */
export async function startContainer(
  context: StepContext,
  record: PodRecord,
  step: StepOf<'start'>,
): Promise<'later' | void> {
  const { attempt, last, backoff } = step;
  const { name } = step.container;
  const pod = allocatedPod(record.pod, record.checkpoint);
  const container = containerNamed(pod, name) ?? step.container;
  const objects = context.objects(record);
  const images = context.runtime.isHostProcess(context.handler(pod)) ? undefined : context.images;
  const image = await images?.ensure(pod, container, objects);
  if (images !== undefined && image === undefined) {
    record.pulling.add(name);
    return 'later';
  }
  const id = step.id ?? randomBytes(32).toString('hex');
  const processesOf = record.checkpoint.containers[containerNamed(pod, name)?.targetContainerName ?? '']?.id;
  const config = containerConfig({
    pod,
    container,
    id,
    attempt,
    objects,
    fields: await context.fields(record),
    volumes: record.mounts,
    base: context.base(),
    ...(image === undefined ? {} : { image }),
    ...(processesOf === undefined ? {} : { processesOf }),
  });
  const files = await ownFiles(context, record, step);
  if (step.id === undefined) {
    const { sandbox } = record.checkpoint;
    const written: ContainerCheckpoint = {
      id,
      attempt,
      boot: context.boot,
      image: container.image ?? '',
      ...(sandbox === undefined ? {} : { sandbox }),
      ...(container.lifecycle?.postStart === undefined ? {} : { hook: 'due' }),
      ...(container.resources === undefined ? {} : { resources: container.resources }),
      ...(last && { last }),
      ...(backoff && { backoff }),
    };
    await saveContainer(context, record, name, written);
  }
  const tell = (reason: string, message: string): void =>
    context.events.report(pod, { type: 'Normal', reason, message, container: name });
  const { uid } = record.checkpoint;
  const mounts = await placeMounts(context.volumes, uid, name, config.mounts, record.mounts);
  await context.guard(uid);
  await context.runtime.startContainer({ ...config, mounts: [...mounts, ...files] });
  record.seen.add(id);
  tell('Created', 'Container created');
  tell('Started', 'Container started');
}

/** API: /etc/hosts is the node's to write, unless the container mounts something there itself. */
async function ownFiles(context: StepContext, record: PodRecord, { container }: StepOf<'start'>): Promise<Mount[]> {
  if (context.files === undefined || context.runtime.isHostProcess(context.handler(record.pod))) return [];
  const containerPath = '/etc/hosts';
  if (container.volumeMounts?.some(({ mountPath }) => mountPath === containerPath)) return [];
  const { pod } = record;
  const { podAddresses } = await context.fields(record);
  const { domain } = await context.dns();
  const text = hostsFile({
    addresses: podAddresses,
    hostname: podHostname(pod),
    domainName: podDomainName(pod, domain),
    aliases: pod.spec.hostAliases ?? [],
    host: pod.spec.hostNetwork === true ? await context.files.nodeHosts() : undefined,
  });
  const hostPath = await context.files.writeHosts(record.checkpoint.uid, text);
  return [{ volume: '', hostPath, containerPath, readOnly: false }];
}

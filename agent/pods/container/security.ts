/** What a container may do: the Pod's and the container's securityContext together. Pure. */
import { isAbsolute, join } from 'node:path';
import type { Container, SeccompProfile } from '../../../hub/api/container.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import type { ImageUser } from '../../runtime/image.ts';
import type { ContainerSecurity, ContainerUser } from '../../runtime/container.ts';
import { RuntimeError } from '../../runtime/runtime.ts';
import type { Seccomp } from '../../runtime/sandbox.ts';

/** API: a localhost profile lies below the kubelet's own directory of profiles. */
const seccompProfiles = '/var/lib/kubelet/seccomp';

function refuse(message: string): RuntimeError {
  return new RuntimeError('CreateContainerConfigError', message);
}

/** The filter a profile names; none means Unconfined, as a kubelet has it unless told otherwise. */
export function seccompOf(profile: SeccompProfile | undefined): Seccomp {
  if (profile?.type === 'RuntimeDefault') return { type: 'RuntimeDefault' };
  if (profile?.type !== 'Localhost') return { type: 'Unconfined' };
  const name = profile.localhostProfile ?? '';
  if (name === '' || isAbsolute(name) || name.split('/').includes('..'))
    throw refuse(`seccomp profile "${name}" is not a path below ${seccompProfiles}`);
  return { type: 'Localhost', localhost: join(seccompProfiles, name) };
}

/** API: the container's securityContext goes before the Pod's. `processesOf`: the container whose processes it shares. */
export function containerSecurity(pod: Pod, container: Container, processesOf: string | undefined): ContainerSecurity {
  const own = container.securityContext;
  const privileged = own?.privileged === true;
  return {
    privileged,
    addCapabilities: own?.capabilities?.add ?? [],
    dropCapabilities: own?.capabilities?.drop ?? [],
    readOnlyRoot: own?.readOnlyRootFilesystem === true,
    noNewPrivileges: own?.allowPrivilegeEscalation === false,
    seccomp: privileged
      ? { type: 'Unconfined' }
      : seccompOf(own?.seccompProfile ?? pod.spec.securityContext?.seccompProfile),
    unmaskedProc: own?.procMount === 'Unmasked',
    ...(processesOf === undefined ? {} : { processesOf }),
  };
}

/**
 * Who the container runs as; undefined leaves it to the image. `image` is the image's own user, unset where there are no
 * images. Throws RuntimeError CreateContainerConfigError when runAsNonRoot cannot be kept or proved.
 */
export function containerUser(pod: Pod, container: Container, image: ImageUser | undefined): ContainerUser | undefined {
  const whole = pod.spec.securityContext;
  const own = container.securityContext;
  const uid = own?.runAsUser ?? whole?.runAsUser;
  const gid = own?.runAsGroup ?? whole?.runAsGroup;
  const groups = [...(whole?.supplementalGroups ?? []), ...(whole?.fsGroup === undefined ? [] : [whole.fsGroup])];
  const effective = uid ?? imageUid(image);
  if (own?.runAsNonRoot ?? whole?.runAsNonRoot ?? false) mustNotBeRoot(pod, container, effective, image);
  if (uid === undefined && gid === undefined && groups.length === 0) return undefined;
  return {
    ...(effective === undefined ? {} : { uid: effective }),
    ...(image?.name === undefined || uid !== undefined ? {} : { name: image.name }),
    ...(gid === undefined ? {} : { gid }),
    ...(groups.length === 0 ? {} : { groups }),
  };
}

/** Without images a container runs as the agent does. */
function imageUid(image: ImageUser | undefined): number | undefined {
  return image === undefined ? (process.getuid?.() ?? 0) : (image.uid ?? (image.name === undefined ? 0 : undefined));
}

function mustNotBeRoot(pod: Pod, container: Container, uid: number | undefined, image: ImageUser | undefined): void {
  const where = `(pod: "${pod.metadata.name ?? ''}_${pod.metadata.namespace ?? ''}(${pod.metadata.uid ?? ''})", container: ${container.name})`;
  const given = (container.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser) !== undefined;
  if (uid === 0 && given) throw refuse(`container's runAsUser breaks non-root policy ${where}`);
  if (uid === 0) throw refuse(`container has runAsNonRoot and image will run as root ${where}`);
  if (uid === undefined)
    throw refuse(
      `container has runAsNonRoot and image has non-numeric user (${image?.name ?? ''}), cannot verify user is non-root ${where}`,
    );
}

/** What a container's status says of what it was given: resources, user, mounts, stop signal. Pure. */
import type { ContainerStatus, VolumeMount } from '../../../hub/api/container.ts';
import type { ContainerUser } from '../../runtime/container.ts';
import type { Case } from '../plan/case.ts';

/** The fields; none for a container that was never started. */
export function grantedFields({ container, known }: Case): Partial<ContainerStatus> {
  if (known.phase !== 'running' && known.phase !== 'exited') return {};
  const { checkpoint } = known;
  const granted = checkpoint.resources ?? container.resources ?? {};
  // while a resize is under way it still has what it had before
  const actual = checkpoint.resizing ?? granted;
  const user = known.phase === 'running' ? userOf(known.observation.user) : undefined;
  const mounts = (container.volumeMounts ?? []).map(mountStatus);
  const stopSignal = container.lifecycle?.stopSignal;
  return {
    ...(granted.requests === undefined ? {} : { allocatedResources: granted.requests }),
    resources: actual,
    ...(stopSignal === undefined ? {} : { stopSignal }),
    ...(user === undefined ? {} : { user }),
    ...(mounts.length === 0 ? {} : { volumeMounts: mounts }),
  };
}

function userOf(user: ContainerUser | undefined): Record<string, unknown> | undefined {
  if (user?.uid === undefined) return undefined;
  return { linux: { gid: user.gid ?? 0, supplementalGroups: user.groups ?? [], uid: user.uid } };
}

/** API: a read-only mount says whether what is mounted below it is read-only too. */
function mountStatus({ mountPath, name, readOnly, recursiveReadOnly }: VolumeMount): Record<string, unknown> {
  if (readOnly !== true) return { mountPath, name };
  const recursive = recursiveReadOnly === 'Enabled' || recursiveReadOnly === 'IfPossible' ? 'Enabled' : 'Disabled';
  return { mountPath, name, readOnly, recursiveReadOnly: recursive };
}

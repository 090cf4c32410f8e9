/** Projected volumes: files of several sources in one directory. */
import type { Pod, ProjectedVolumeSource, ServiceAccountTokenProjection, VolumeProjection } from '../../hub/api/pod.ts';
import { configMapFiles } from './config-map.ts';
import { downwardFiles } from './downward-api.ts';
import { podUser } from './pod-user.ts';
import { secretFiles } from './secret.ts';
import { safePath, usualMode, type VolumeFile } from './volume-file.ts';
import { VolumeError, type VolumeSources } from './volumes.ts';

/** Their files; of two with one path the later source wins. Rejects with VolumeError. */
export async function projectedFiles(
  source: ProjectedVolumeSource,
  pod: Pod,
  sources: VolumeSources,
): Promise<VolumeFile[]> {
  const files = new Map<string, VolumeFile>();
  const problems: string[] = [];
  for (const projection of source.sources ?? []) {
    try {
      for (const file of await filesOf(projection, source.defaultMode ?? usualMode, pod, sources))
        files.set(file.path, file);
    } catch (error) {
      if (!(error instanceof VolumeError)) throw error;
      problems.push(error.message);
    }
  }
  if (problems.length === 0) return [...files.values()];
  throw new VolumeError(problems.length === 1 ? (problems[0] ?? '') : `[${problems.join(', ')}]`);
}

async function filesOf(
  projection: VolumeProjection,
  defaultMode: number,
  pod: Pod,
  sources: VolumeSources,
): Promise<VolumeFile[]> {
  const { configMap, secret, downwardAPI, serviceAccountToken } = projection;
  if (configMap !== undefined) return configMapFiles({ ...configMap, defaultMode }, sources);
  if (secret !== undefined) {
    const { name = '', ...rest } = secret;
    return secretFiles({ ...rest, secretName: name, defaultMode }, sources);
  }
  if (downwardAPI !== undefined) return downwardFiles({ ...downwardAPI, defaultMode }, sources);
  if (serviceAccountToken !== undefined) return tokenFiles(serviceAccountToken, defaultMode, pod, sources);
  throw new VolumeError(
    `projected source ${Object.keys(projection)[0] ?? 'nothing'} is not provided by this version of the node agent`,
  );
}

/** API: a token is the user's alone when all containers run as one user; fsGroup adds the group's right to read. */
async function tokenFiles(
  projection: ServiceAccountTokenProjection,
  defaultMode: number,
  pod: Pod,
  sources: VolumeSources,
): Promise<VolumeFile[]> {
  const token = await sources.token(projection);
  if (token === undefined) return [];
  const owner = podUser(pod);
  const narrow = owner !== undefined || pod.spec.securityContext?.fsGroup !== undefined;
  const mode = narrow ? 0o600 : defaultMode;
  const file = { path: safePath(projection.path), content: Buffer.from(token), mode };
  return [owner === undefined ? file : { ...file, owner }];
}

/** Names that a later feature takes for itself: policies and webhooks read from files when the server starts. */
import type { KubeObject } from '../../api/object.ts';

const suffix = '.static.k8s.io';

/** The warning about a new object whose name ends so. API: while ManifestBasedAdmissionControlConfig is off. */
export function staticSuffixWarnings({ metadata }: KubeObject, old: KubeObject | undefined): string[] {
  if (old !== undefined || !metadata.name?.endsWith(suffix)) return [];
  const what = `names ending with ${JSON.stringify(suffix)} will be reserved for static manifest-based configurations`;
  return [`metadata.name: ${what} when the ManifestBasedAdmissionControlConfig feature gate is enabled`];
}

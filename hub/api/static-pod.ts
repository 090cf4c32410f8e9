/** Annotations of static Pods and of the mirrors that stand for them. API: kubelet's config sources. */

/** On a mirror Pod: the hash of the static Pod it stands for. */
export const configMirrorAnnotation = 'kubernetes.io/config.mirror';

/** Where a Pod of a node came from: `file` or `http`; those of the API have none. */
export const configSourceAnnotation = 'kubernetes.io/config.source';

/** The hash of a static Pod's manifest and node; it is the static Pod's own uid on its node. */
export const configHashAnnotation = 'kubernetes.io/config.hash';

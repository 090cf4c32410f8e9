/** What this is a version of. */

/** Coracle's own version, as in package.json. */
export const coracleVersion = '0.1.0';

/** The Kubernetes level the API follows, and what /version and nodes report. */
export const kubernetesVersion = { major: '1', minor: '36', gitVersion: `v1.36.0+coracle.${coracleVersion}` } as const;

/** What /version says. API: version.Info. */
import { arch, platform } from 'node:process';
import { kubernetesVersion } from '../api/version.ts';

/** Fields of version.Info. */
export type VersionInfo = Readonly<Record<string, string>>;

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

/** The version this server reports. `nodeVersion` is the language runtime's, as `process.version` has it. */
export function versionInfo(nodeVersion: string): VersionInfo {
  const { major, minor } = kubernetesVersion;
  return {
    ...kubernetesVersion,
    emulationMajor: major,
    emulationMinor: minor,
    minCompatibilityMajor: major,
    minCompatibilityMinor: minor,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '',
    goVersion: `node ${nodeVersion}`,
    compiler: 'v8',
    platform: `${platform}/${architectures[arch] ?? arch}`,
  };
}

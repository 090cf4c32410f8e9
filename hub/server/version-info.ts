/** What /version says. API: version.Info. */
import { arch, platform } from 'node:process';
import { kubernetesVersion } from '../api/version.ts';

/** Fields of version.Info. */
export type VersionInfo = Readonly<Record<string, string>>;

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

/** The version this server reports. `nodeVersion` is the language runtime's, as `process.version` has it. */
export function versionInfo(options: { commit: string; built: string; nodeVersion: string }): VersionInfo {
  return {
    ...kubernetesVersion,
    emulationMajor: kubernetesVersion.major,
    emulationMinor: kubernetesVersion.minor,
    minCompatibilityMajor: kubernetesVersion.major,
    minCompatibilityMinor: kubernetesVersion.minor,
    gitCommit: options.commit,
    gitTreeState: 'clean',
    buildDate: options.built,
    goVersion: `node ${options.nodeVersion}`,
    compiler: 'v8',
    platform: `${platform}/${architectures[arch] ?? arch}`,
  };
}

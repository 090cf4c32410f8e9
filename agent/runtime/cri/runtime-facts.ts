/** What a container runtime tells of itself, read once it answers. */
import type { Connection } from './connection.ts';
import { isUnimplemented } from './cri-error.ts';
import type { RuntimeCondition } from './messages.ts';
import type { CgroupDriver } from './pod-cgroups.ts';

/** The facts. */
export interface RuntimeFacts {
  readonly name: string;
  readonly version: string;
  readonly driver: CgroupDriver;
  /** What holds containerd's layers; undefined for other runtimes. */
  readonly snapshotter?: string;
  /** The image of sandboxes, as the runtime's configuration names it; undefined where it does not say. */
  readonly sandboxImage?: string;
}

/** Milliseconds. */
const patience = 10_000;

/** Asks for them. */
export async function readFacts(connection: Connection): Promise<RuntimeFacts> {
  const version = await connection.call('Version', { version: 'v1' }, { timeout: patience });
  const { info } = await connection.call('Status', { verbose: true }, { timeout: patience });
  const config = info['config'] ?? '';
  const snapshotter = snapshotterOf(config);
  const { sandboxImage } = parse(config);
  return {
    name: version.runtimeName,
    version: version.runtimeVersion.replace(/^v/, ''),
    driver: (await toldDriver(connection)) ?? driverOf(config),
    ...(snapshotter === undefined ? {} : { snapshotter }),
    ...(sandboxImage === undefined ? {} : { sandboxImage }),
  };
}

/** Runtimes of 2023 and later say it themselves. */
async function toldDriver(connection: Connection): Promise<CgroupDriver | undefined> {
  try {
    const { linux } = await connection.call('RuntimeConfig', {}, { timeout: patience });
    return linux === null ? undefined : linux.cgroupDriver === 'SYSTEMD' ? 'systemd' : 'cgroupfs';
  } catch (error) {
    if (isUnimplemented(error)) return undefined;
    throw error;
  }
}

interface ContainerdConfig {
  readonly sandboxImage?: string;
  readonly containerd?: {
    readonly snapshotter?: string;
    readonly defaultRuntimeName?: string;
    readonly runtimes?: Readonly<Record<string, { readonly options?: { readonly SystemdCgroup?: boolean } | null }>>;
  };
}

function parse(config: string): ContainerdConfig {
  try {
    return (JSON.parse(config) ?? {}) as ContainerdConfig;
  } catch {
    // other runtimes print their configuration in other forms
    return {};
  }
}

/** Who makes control groups, by containerd's configuration as it prints it. */
export function driverOf(config: string): CgroupDriver {
  const { containerd } = parse(config);
  const runtime = containerd?.runtimes?.[containerd.defaultRuntimeName ?? 'runc'];
  return runtime?.options?.SystemdCgroup === true ? 'systemd' : 'cgroupfs';
}

/** What holds containerd's layers. */
export const snapshotterOf = (config: string): string | undefined => parse(config).containerd?.snapshotter;

/** What keeps the runtime from running Pods, in a kubelet's words; undefined when nothing does. */
export function conditionTrouble(conditions: readonly RuntimeCondition[]): string | undefined {
  const of = (type: string): RuntimeCondition | undefined => conditions.find((each) => each.type === type);
  const said = ({ type, reason, message }: RuntimeCondition): string =>
    `${type}=false reason:${reason} message:${message}`;
  const runtime = of('RuntimeReady');
  if (runtime?.status === false) return `container runtime not ready: ${said(runtime)}`;
  const network = of('NetworkReady');
  if (network?.status === false) return `container runtime network not ready: ${said(network)}`;
  return undefined;
}

/** What the command line says of a node, over what its settings file keeps. */
import type { Command } from 'commander';
import { labelKeyErrors, labelValueErrors } from '../../hub/api/label.ts';
import { checkAgentSettings } from '../../hub/base/agent-settings.ts';
import type { DataDir } from '../../hub/base/data-dir.ts';
import { readWritten } from '../../hub/base/settings.ts';
import { exitCodes, Failure } from './failure.ts';

/** How a node runs its containers: the same options wherever a node is made. */
export interface RuntimeOptions {
  runtime?: string;
  runtimeEndpoint?: string;
  cniConfDir?: string;
  podLogsDir?: string;
  staticPodsDir?: string;
}

/** Everything the command line may say of a node. */
export interface NodeOptions extends RuntimeOptions {
  label?: string[];
  taint?: string[];
  clusterDns?: string[];
  clusterDomain?: string;
}

const kept = ['runtime', 'runtimeEndpoint', 'cniConfDir', 'podLogsDir', 'staticPodsDir', 'clusterDomain'] as const;

/** Adds the options of RuntimeOptions. */
export function withRuntimeOptions(command: Command): Command {
  return command
    .option('--runtime <runtime>', 'how this node runs containers: auto, containerd or process')
    .option('--runtime-endpoint <socket>', 'socket of the container runtime (default: found)')
    .option('--cni-conf-dir <dir>', 'where the container runtime looks for its network (default: /etc/cni/net.d)')
    .option('--pod-logs-dir <dir>', 'where the logs of containers go (default: /var/log/pods)')
    .option('--static-pods-dir <dir>', 'manifests of Pods that always run here (default: in the data directory)');
}

/** The settings to keep: those of `options` over those written before. Throws Failure for what is refused. */
export function nodeSettings(dir: DataDir, options: NodeOptions): Record<string, unknown> {
  const labels = readLabels(options.label ?? []);
  try {
    const written = readWritten(dir.agent.settings);
    if (Object.keys(labels).length > 0) written['labels'] = labels;
    if ((options.taint ?? []).length > 0) written['taints'] = options.taint;
    if ((options.clusterDns ?? []).length > 0) written['clusterDns'] = options.clusterDns;
    for (const key of kept) if (options[key] !== undefined) written[key] = options[key];
    checkAgentSettings(written);
    return written;
  } catch (error) {
    throw new Failure((error as Error).message, { exitCode: exitCodes.usage });
  }
}

function readLabels(texts: readonly string[]): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const text of texts) {
    const [key = '', value, ...rest] = text.split('=');
    if (key === '' || value === undefined || rest.length > 0) {
      throw new Failure(`label "${text}" is not of the form key=value`, { exitCode: exitCodes.usage });
    }
    const [wrong] = [...labelKeyErrors(key), ...labelValueErrors(value)];
    if (wrong !== undefined) throw new Failure(`label "${text}": ${wrong}`, { exitCode: exitCodes.usage });
    labels[key] = value;
  }
  return labels;
}

/** What an operator may set on a node: every key, its default, and what is refused. Documented in configs/agent.yaml. */
import { checkSettings, isLogLevel, type LogLevel, oneOf, readWritten, type SettingRule } from './settings.ts';

/** Settings of a node's agent. */
export interface AgentSettings {
  /** Labels the node starts with. */
  labels: Record<string, string>;
  /** Taints the node starts with, as `key=value:Effect`. */
  taints: string[];
  /** How containers run: `auto` takes containerd when its socket answers, else host processes. */
  runtime: 'auto' | 'containerd' | 'process';
  /** MQTT keep-alive in seconds: all an idle node sends. */
  keepAlive: number;
  /** Seconds between two looks at fast figures (load, memory, temperature). */
  usageInterval: number;
  logLevel: LogLevel;
}

/** The defaults. */
export const agentDefaults: AgentSettings = {
  labels: {},
  taints: [],
  runtime: 'auto',
  keepAlive: 60,
  usageInterval: 30,
  logLevel: 'info',
};

const taintForm = /^[A-Za-z0-9][A-Za-z0-9._/-]*(=[A-Za-z0-9._-]*)?:(NoSchedule|PreferNoSchedule|NoExecute)$/;

const seconds = (value: unknown): string =>
  Number.isInteger(value) && (value as number) >= 5 && (value as number) <= 3600
    ? ''
    : 'must be between 5 and 3600 seconds';

function isLabels(value: unknown): string {
  const good =
    typeof value === 'object' && value !== null && Object.values(value).every((one) => typeof one === 'string');
  return good ? '' : 'must be a map of strings';
}

function isTaints(value: unknown): string {
  const good = Array.isArray(value) && value.every((taint) => taintForm.test(String(taint)));
  return good ? '' : 'must be a list of key=value:NoSchedule, :PreferNoSchedule or :NoExecute';
}

const rules: Record<keyof AgentSettings, SettingRule> = {
  labels: isLabels,
  taints: isTaints,
  runtime: oneOf('auto', 'containerd', 'process'),
  keepAlive: seconds,
  usageInterval: seconds,
  logLevel: isLogLevel,
};

/** Settings out of what an operator wrote, defaults filled in. Throws an Error that names the key and what it takes. */
export function checkAgentSettings(written: Record<string, unknown>): AgentSettings {
  return checkSettings(written, agentDefaults, rules);
}

/** Reads a settings file; a missing one means defaults. Throws an Error that names the file and the key. */
export function readAgentSettings(file: string): AgentSettings {
  return checkAgentSettings(readWritten(file));
}

/** What an operator may set on a node: every key, its default, and what is refused. Documented in configs/agent.yaml. */
import { readWritten } from './hub-settings.ts';

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
  logLevel: 'debug' | 'info' | 'warn' | 'error';
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
const oneOf =
  (...allowed: string[]) =>
  (value: unknown): string =>
    allowed.includes(String(value)) ? '' : `must be one of ${allowed.join(', ')}`;

function isLabels(value: unknown): string {
  const good =
    typeof value === 'object' && value !== null && Object.values(value).every((one) => typeof one === 'string');
  return good ? '' : 'must be a map of strings';
}

function isTaints(value: unknown): string {
  const good = Array.isArray(value) && value.every((taint) => taintForm.test(String(taint)));
  return good ? '' : 'must be a list of key=value:NoSchedule, :PreferNoSchedule or :NoExecute';
}

const rules: Record<keyof AgentSettings, (value: unknown) => string> = {
  labels: isLabels,
  taints: isTaints,
  runtime: oneOf('auto', 'containerd', 'process'),
  keepAlive: seconds,
  usageInterval: seconds,
  logLevel: oneOf('debug', 'info', 'warn', 'error'),
};

/** Settings out of what an operator wrote, defaults filled in. Throws an Error that names the key and what it takes. */
export function checkAgentSettings(written: Record<string, unknown>): AgentSettings {
  const settings: Record<string, unknown> = { ...agentDefaults };
  for (const [key, value] of Object.entries(written)) {
    const rule = Object.hasOwn(rules, key) ? rules[key as keyof AgentSettings] : undefined;
    if (rule === undefined) throw new Error(`unknown setting "${key}"; known are ${Object.keys(rules).join(', ')}`);
    const wrong = rule(value);
    if (wrong !== '') throw new Error(`setting "${key}" ${wrong}, not ${JSON.stringify(value)}`);
    settings[key] = value;
  }
  return settings as unknown as AgentSettings;
}

/** Reads a settings file; a missing one means defaults. Throws an Error that names the file and the key. */
export function readAgentSettings(file: string): AgentSettings {
  return checkAgentSettings(readWritten(file));
}

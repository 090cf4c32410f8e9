/** One setting by its name, out of both daemons' settings, and values of it as they are typed. Pure. */
import { agentDefaults, checkAgentSettings } from '../../hub/base/agent-settings.ts';
import { checkHubSettings, hubDefaults } from '../../hub/base/hub-settings.ts';

/** Whose setting. */
export type Daemon = 'hub' | 'agent';

/** A setting that exists. */
export interface SettingName {
  readonly daemon: Daemon;
  readonly key: string;
}

const defaults: Readonly<Record<Daemon, Readonly<Record<string, unknown>>>> = {
  hub: { ...hubDefaults },
  agent: { ...agentDefaults },
};

/** The default of a setting. */
export const defaultOf = ({ daemon, key }: SettingName): unknown => defaults[daemon][key];

/** Every setting, hub first. */
export const allSettings: readonly SettingName[] = (['hub', 'agent'] as const).flatMap((daemon) =>
  Object.keys(defaults[daemon]).map((key) => ({ daemon, key })),
);

/** `hub.apiPort`, or `apiPort` where only one daemon has such a setting. Throws an Error that says what to write. */
export function findSetting(text: string): SettingName {
  const found = allSettings.filter(({ daemon, key }) => text === key || text === `${daemon}.${key}`);
  const [only, other] = found;
  if (only === undefined) {
    const near = allSettings.filter(({ key }) =>
      key.toLowerCase().includes(text.toLowerCase().split('.').at(-1) ?? ''),
    );
    const hint = near.length === 0 || near.length > 8 ? '' : `; did you mean ${near.map(fullName).join(', ')}?`;
    throw new Error(`there is no setting "${text}"${hint}`);
  }
  if (other !== undefined) throw new Error(`both daemons have "${text}": write hub.${text} or agent.${text}`);
  return only;
}

/** `hub.apiPort`. */
export const fullName = ({ daemon, key }: SettingName): string => `${daemon}.${key}`;

/** The value that `text` stands for, of the type the default has: lists as a,b,c and maps as k=v,k=v, or both as JSON. */
export function readValue(name: SettingName, text: string): unknown {
  const usual = defaultOf(name);
  if (typeof usual === 'string') return text;
  if (/^\s*[[{]/.test(text)) return parsed(text);
  const parts = text === '' ? [] : text.split(',').map((part) => part.trim());
  if (Array.isArray(usual)) return parts;
  if (typeof usual === 'object' && usual !== null) return pairs(name, parts);
  return parsed(text);
}

/** What is no JSON stays text, for the rule of the setting to refuse. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function pairs(name: SettingName, parts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    parts.map((part) => {
      const at = part.indexOf('=');
      if (at < 1) throw new Error(`setting "${name.key}" takes key=value,key=value, not "${part}"`);
      return [part.slice(0, at), part.slice(at + 1)];
    }),
  );
}

/** Throws an Error that names the key and what it takes when a daemon would refuse these settings. */
export function checkWritten(daemon: Daemon, written: Record<string, unknown>): void {
  if (daemon === 'hub') checkHubSettings(written);
  else checkAgentSettings(written);
}

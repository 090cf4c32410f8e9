/**
 * What snapcraft takes in a snapcraft.yaml of base core24: the facts of its schema (canonical/snapcraft, schema/snapcraft.json,
 * Core24Project, App and Platform) and of craft-parts' PartSpec, with the rules snapd has for names (snap/validate.go). The
 * schema itself is under the GPL and stays out of here; snapcraft is no program of Debian's that tests could ask.
 */

/** A value as YAML has it. */
export type Yaml = string | number | boolean | null | Yaml[] | { readonly [key: string]: Yaml };
type Fields = { readonly [key: string]: Yaml };

/** Answers what is wrong with a value, or nothing. */
type Rule = (value: Yaml) => string | undefined;

const isFields = (value: Yaml | undefined): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const text: Rule = (value) => (typeof value === 'string' ? undefined : 'is no text');
const longest =
  (limit: number): Rule =>
  (value) =>
    typeof value !== 'string' || value.length > limit ? `is no text of at most ${limit} characters` : undefined;
const like =
  (form: RegExp): Rule =>
  (value) =>
    typeof value === 'string' && form.test(value) ? undefined : `is not like ${form.source}`;
const oneOf =
  (...values: string[]): Rule =>
  (value) =>
    typeof value === 'string' && values.includes(value) ? undefined : `is none of ${values.join(', ')}`;
const texts: Rule = (value) => {
  if (!Array.isArray(value) || value.some((one) => typeof one !== 'string')) return 'is no list of texts';
  return new Set(value).size === value.length ? undefined : 'says something twice';
};
const mapOfTexts: Rule = (value) =>
  isFields(value) && Object.values(value).every((one) => typeof one === 'string') ? undefined : 'is no map of texts';
const anything: Rule = () => undefined;
/** A time as systemd and snapd both read it. */
const time = like(/^\d+(ns|us|ms|s|m|h)$/);
/** Paths in a snap start from its root, and a command is no line of a shell. */
const command = like(/^[A-Za-z0-9._#:$-][A-Za-z0-9/. _#:$-]*$/);
const path = like(/^[^/\s][^\s]*$/);
const paths: Rule = (value) =>
  texts(value) ?? (value as string[]).map((one) => path(one)).find((wrong) => wrong !== undefined);

const project: Record<string, Rule> = {
  name: like(/^(?=.{1,40}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$/),
  title: longest(40),
  version: like(/^[a-zA-Z0-9](?:[a-zA-Z0-9:.+~-]{0,30}[a-zA-Z0-9+~])?$/),
  summary: longest(78),
  description: text,
  base: oneOf('core24'),
  'build-base': text,
  license: text,
  grade: oneOf('stable', 'devel'),
  confinement: oneOf('classic', 'devmode', 'strict'),
  type: oneOf('app', 'gadget'),
  compression: oneOf('lzo', 'xz'),
  assumes: texts,
  contact: anything,
  issues: anything,
  website: anything,
  'source-code': anything,
  donation: anything,
  icon: text,
  'adopt-info': text,
  platforms: anything,
  environment: mapOfTexts,
  apps: anything,
  parts: anything,
  hooks: anything,
  layout: anything,
  lint: anything,
  plugs: anything,
  slots: anything,
  epoch: text,
  passthrough: anything,
  'package-repositories': anything,
  'system-usernames': anything,
  'build-packages': texts,
  'build-snaps': texts,
  provenance: text,
  components: anything,
};

const app: Record<string, Rule> = {
  command,
  completer: path,
  daemon: oneOf('simple', 'forking', 'oneshot', 'notify', 'dbus'),
  'daemon-scope': oneOf('system', 'user'),
  'install-mode': oneOf('enable', 'disable'),
  'refresh-mode': oneOf('endure', 'restart', 'ignore-running'),
  'restart-condition': oneOf('on-success', 'on-failure', 'on-abnormal', 'on-abort', 'on-watchdog', 'always', 'never'),
  'stop-mode': oneOf(
    ...['sigterm', 'sighup', 'sigusr1', 'sigusr2', 'sigint'].flatMap((signal) => [signal, `${signal}-all`]),
  ),
  'stop-command': command,
  'post-stop-command': command,
  'reload-command': command,
  'start-timeout': time,
  'stop-timeout': time,
  'watchdog-timeout': time,
  'restart-delay': time,
  after: texts,
  before: texts,
  environment: mapOfTexts,
  aliases: texts,
  plugs: texts,
  slots: texts,
  'command-chain': texts,
  autostart: text,
  desktop: text,
  'common-id': text,
  'bus-name': text,
  timer: text,
  sockets: anything,
  'activates-on': texts,
  'success-exit-status': anything,
  extensions: texts,
  passthrough: anything,
};
/** Keys that mean something for a daemon alone, and are refused without one. */
const ofDaemons = [
  ...['install-mode', 'refresh-mode', 'restart-condition', 'restart-delay', 'stop-mode', 'stop-command'],
  ...['post-stop-command', 'reload-command', 'start-timeout', 'stop-timeout', 'watchdog-timeout', 'after', 'before'],
];

const part: Record<string, Rule> = {
  plugin: text,
  source: text,
  'source-type': oneOf('git', 'local', 'tar', 'deb', 'file', 'zip', '7z', 'rpm', 'snap'),
  'source-branch': text,
  'source-checksum': text,
  'source-commit': text,
  'source-depth': anything,
  'source-subdir': text,
  'source-submodules': texts,
  'source-tag': text,
  'disable-parallel': anything,
  after: texts,
  'stage-snaps': texts,
  'stage-packages': texts,
  'build-snaps': texts,
  'build-packages': texts,
  'build-environment': anything,
  'build-attributes': texts,
  organize: mapOfTexts,
  stage: paths,
  prime: paths,
  'override-pull': text,
  'override-build': text,
  'override-stage': text,
  'override-prime': text,
  permissions: anything,
};

const platform: Record<string, Rule> = { 'build-on': texts, 'build-for': texts };

/** Everything that snapcraft or snapd would refuse, each with its place; nothing when there is nothing. */
export function snapcraftProblems(document: Yaml): string[] {
  const problems = fieldProblems('', document, project);
  if (!isFields(document)) return problems;
  const required = ['name', 'base', 'version', 'summary', 'description', 'confinement', 'parts'];
  for (const key of required) if (!(key in document)) problems.push(`${key}: is missing`);
  const { apps = {}, parts = {}, platforms = {} } = document;
  problems.push(...entries(platforms).flatMap(([name, value]) => fieldProblems(`platforms.${name}`, value, platform)));
  problems.push(...entries(parts).flatMap(([name, value]) => partProblems(name, value, parts)));
  problems.push(...entries(apps).flatMap(([name, value]) => appProblems(name, value, apps)));
  return problems;
}

const entries = (value: Yaml): [string, Yaml][] => (isFields(value) ? Object.entries(value) : []);

function fieldProblems(place: string, value: Yaml, rules: Record<string, Rule>): string[] {
  if (!isFields(value)) return [`${place}: is no map`];
  return Object.entries(value).flatMap(([key, one]) => {
    const wrong = rules[key] === undefined ? 'is unknown' : rules[key](one);
    return wrong === undefined ? [] : [`${place === '' ? key : `${place}.${key}`}: ${wrong}`];
  });
}

function partProblems(name: string, value: Yaml, parts: Yaml): string[] {
  const place = `parts.${name}`;
  const problems = fieldProblems(place, value, part);
  const { after = [], plugin } = isFields(value) ? value : {};
  if (plugin === undefined) problems.push(`${place}.plugin: is missing`);
  return [...problems, ...strangers(`${place}.after`, after, parts)];
}

function appProblems(name: string, value: Yaml, apps: Yaml): string[] {
  const place = `apps.${name}`;
  const problems = fieldProblems(place, value, app);
  const wrong = like(/^[a-zA-Z0-9](?:-?[a-zA-Z0-9])*$/)(name);
  if (wrong !== undefined) problems.push(`${place}: ${wrong}`);
  if (!isFields(value)) return problems;
  if (value['command'] === undefined) problems.push(`${place}.command: is missing`);
  if (value['daemon'] === undefined)
    problems.push(...ofDaemons.filter((key) => key in value).map((key) => `${place}.${key}: is for daemons`));
  for (const key of ['after', 'before']) problems.push(...strangers(`${place}.${key}`, value[key] ?? [], apps));
  return problems;
}

/** Names in a list that none of `known` has. */
function strangers(place: string, names: Yaml, known: Yaml): string[] {
  const there = new Set(entries(known).map(([name]) => name));
  if (!Array.isArray(names)) return [];
  return names.filter((one) => !there.has(String(one))).map((one) => `${place}: there is no ${String(one)}`);
}

/** Reads the file of an audit policy, and refuses what it does not understand by its name. */
import { readFile } from 'node:fs/promises';
import { isDns1123Subdomain } from '../../api/names.ts';
import { type GroupResources, type Level, levels, type Policy, type PolicyRule, type Stage, stages } from './policy.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Reads `file`. Throws an Error that names the file, the field and what it takes. */
export async function readAuditPolicy(file: string): Promise<Policy> {
  const { parse } = await import('yaml');
  let value: unknown;
  try {
    value = parse(await readFile(file, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`audit policy ${file} cannot be read: ${why}`, { cause: error });
  }
  try {
    return policyOf(value);
  } catch (error) {
    throw new Error(`audit policy ${file}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** The policy in a decoded file. Throws an Error that names the field. */
export function policyOf(value: unknown): Policy {
  const fields = fieldsOf(value, 'the file', ['apiVersion', 'kind', 'metadata', 'rules', ...omitting]);
  if (fields['apiVersion'] !== 'audit.k8s.io/v1' || fields['kind'] !== 'Policy') {
    throw new Error('must be kind Policy of apiVersion audit.k8s.io/v1');
  }
  const omitted = stagesIn(fields['omitStages'], 'omitStages');
  const omitManagedFields = truth(fields['omitManagedFields'], 'omitManagedFields') ?? false;
  const rules = listIn(fields['rules'], 'rules').map((rule, index) =>
    ruleOf(rule, `rules[${index}]`, omitted, omitManagedFields),
  );
  if (rules.length === 0) throw new Error('rules: must not be empty');
  return { rules };
}

const omitting = ['omitStages', 'omitManagedFields'];
const ruleFields = ['level', 'users', 'userGroups', 'verbs', 'resources', 'namespaces', 'nonResourceURLs', ...omitting];

function ruleOf(value: unknown, at: string, omitted: readonly Stage[], omitManagedFields: boolean): PolicyRule {
  const fields = fieldsOf(value, at, ruleFields);
  const texts = (name: string): readonly string[] => textsIn(fields[name], `${at}.${name}`);
  const rule: PolicyRule = {
    level: levelOf(fields['level'], `${at}.level`),
    users: texts('users'),
    userGroups: texts('userGroups'),
    verbs: texts('verbs'),
    resources: listIn(fields['resources'], `${at}.resources`).map((one, index) =>
      resourcesOf(one, `${at}.resources[${index}]`),
    ),
    namespaces: texts('namespaces'),
    nonResourceURLs: texts('nonResourceURLs'),
    omitStages: new Set([...omitted, ...stagesIn(fields['omitStages'], `${at}.omitStages`)]),
    omitManagedFields: truth(fields['omitManagedFields'], `${at}.omitManagedFields`) ?? omitManagedFields,
  };
  checkUrls(rule, `${at}.nonResourceURLs`);
  return rule;
}

function checkUrls({ nonResourceURLs, resources, namespaces }: PolicyRule, at: string): void {
  for (const [index, url] of nonResourceURLs.entries()) {
    if (url === '*') continue;
    if (!url.startsWith('/')) throw new Error(`${at}[${index}]: must begin with a slash, not ${JSON.stringify(url)}`);
    if (url.slice(0, -1).includes('*')) throw new Error(`${at}[${index}]: may have a * at its end only`);
  }
  if (nonResourceURLs.length > 0 && (resources.length > 0 || namespaces.length > 0)) {
    throw new Error(`${at}: a rule is about resources or about other URLs, not about both`);
  }
}

function resourcesOf(value: unknown, at: string): GroupResources {
  const fields = fieldsOf(value, at, ['group', 'resources', 'resourceNames']);
  const { group = '' } = fields;
  if (typeof group !== 'string' || (group !== '' && isDns1123Subdomain(group).length > 0)) {
    throw new Error(`${at}.group: must be the name of an API group without a version, not ${JSON.stringify(group)}`);
  }
  const resources = textsIn(fields['resources'], `${at}.resources`);
  const resourceNames = textsIn(fields['resourceNames'], `${at}.resourceNames`);
  if (resourceNames.length > 0 && resources.length === 0) {
    throw new Error(`${at}.resourceNames: needs at least one resource beside it`);
  }
  return { group, resources, resourceNames };
}

function fieldsOf(value: unknown, at: string, known: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${at}: must be an object`);
  for (const name of Object.keys(value)) {
    if (!known.includes(name)) throw new Error(`${at}: unknown field "${name}"; known are ${known.join(', ')}`);
  }
  return value as Fields;
}

function listIn(value: unknown, at: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new Error(`${at}: must be a list`);
  return value;
}

function textsIn(value: unknown, at: string): readonly string[] {
  return listIn(value, at).map((one, index) => {
    if (typeof one !== 'string') throw new Error(`${at}[${index}]: must be a string, not ${JSON.stringify(one)}`);
    return one;
  });
}

function truth(value: unknown, at: string): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  throw new Error(`${at}: must be true or false`);
}

function levelOf(value: unknown, at: string): Level {
  const level = levels.find((one) => one === value);
  if (level === undefined) throw new Error(`${at}: must be one of ${levels.join(', ')}, not ${JSON.stringify(value)}`);
  return level;
}

function stagesIn(value: unknown, at: string): Stage[] {
  return textsIn(value, at).map((text, index) => {
    const stage = stages.find((one) => one === text);
    if (stage === undefined) throw new Error(`${at}[${index}]: must be one of ${stages.join(', ')}, not "${text}"`);
    return stage;
  });
}

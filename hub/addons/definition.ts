/** addon.yaml: what an addon is, checked key by key. Pure. */
import type { ParsedNode } from 'yaml';
import type { AddonDefinition, AddonParameter } from '../api/addon.ts';
import { wrongValue } from '../api/addon-arguments.ts';
import { type Yaml, YamlFile } from './yaml-reader.ts';

const keys = [
  'name',
  'version',
  'description',
  'requires',
  'conflicts',
  'builtIn',
  'parameters',
  'images',
  'manifests',
  'notes',
];
const parameterKeys = ['name', 'description', 'default', 'pattern', 'enum', 'required'];

/** API: a name that can be an object's and a label's. */
const namePattern = /^[a-z]([a-z0-9-]{0,51}[a-z0-9])?$/;
const parameterPattern = /^[a-zA-Z][a-zA-Z0-9-]{0,62}$/;
const versionPattern = /^[0-9A-Za-z][0-9A-Za-z.+_-]{0,62}$/;
const manifestPattern = /^[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9][\w.-]*)*\.ya?ml$/;

/** Reads the text of `file`, which lies in a folder called `folder`. Throws FileFault with the line at fault. */
export function readDefinition(
  yaml: Yaml,
  source: { file: string; folder: string; text: string },
  ownVersion: string,
): AddonDefinition {
  const file = new YamlFile(yaml, source.file);
  const [document, second] = file.documents(source.text);
  if (document === undefined || second !== undefined) throw file.faultAt(0, 'addon.yaml is one document');
  const fields = file.fields(document.contents, keys, 'addon.yaml');
  const matching = (node: ParsedNode | null | undefined, what: string, pattern: RegExp): string => {
    const text = file.text(node, what);
    if (!pattern.test(text)) throw file.fault(node, `${what} "${text}" does not match ${pattern.source}`);
    return text;
  };
  const names = (key: string): string[] =>
    file.list(fields.get(key), key, (node) => matching(node, `a name in ${key}`, namePattern));
  const needed = (key: string): ParsedNode | null => {
    const node = fields.get(key);
    if (node === undefined) throw file.faultAt(0, `addon.yaml has no ${key}`);
    return node;
  };

  const name = matching(needed('name'), 'name', namePattern);
  if (name !== source.folder)
    throw file.fault(fields.get('name'), `name is "${name}", but the folder is called "${source.folder}"`);
  const isBuiltIn = fields.has('builtIn');
  const version =
    isBuiltIn && !fields.has('version') ? ownVersion : matching(needed('version'), 'version', versionPattern);
  const manifests = file.list(fields.get('manifests'), 'manifests', (node) =>
    matching(node, 'a file in manifests', manifestPattern),
  );
  if (isBuiltIn && manifests.length > 0) throw file.fault(fields.get('manifests'), 'what is built in has no manifests');
  if (!isBuiltIn && manifests.length === 0) throw file.faultAt(0, 'addon.yaml has no manifests');
  const seen = new Set<string>();
  const parameters = file.list(fields.get('parameters'), 'parameters', (node) => {
    const parameter = readParameter(file, node, matching);
    if (seen.has(parameter.name)) throw file.fault(node, `there are two parameters "${parameter.name}"`);
    seen.add(parameter.name);
    return parameter;
  });
  return {
    name,
    version,
    description: file.text(needed('description'), 'description'),
    requires: names('requires'),
    conflicts: names('conflicts'),
    ...(isBuiltIn ? { builtIn: file.text(fields.get('builtIn'), 'builtIn') } : {}),
    parameters,
    images: file.list(fields.get('images'), 'images', (node) => file.text(node, 'an image')),
    manifests,
    ...(fields.has('notes') ? { notes: file.text(fields.get('notes'), 'notes').trimEnd() } : {}),
  };
}

function readParameter(
  file: YamlFile,
  node: ParsedNode,
  matching: (node: ParsedNode | null | undefined, what: string, pattern: RegExp) => string,
): AddonParameter {
  const fields = file.fields(node, parameterKeys, 'a parameter');
  const name = matching(fields.get('name'), 'the name of a parameter', parameterPattern);
  const about = `parameter "${name}"`;
  const pattern = fields.has('pattern') ? file.text(fields.get('pattern'), `pattern of ${about}`) : undefined;
  try {
    if (pattern !== undefined) new RegExp(pattern);
  } catch {
    throw file.fault(fields.get('pattern'), `pattern of ${about} is no regular expression`);
  }
  const choices = fields.has('enum')
    ? file.list(fields.get('enum'), `enum of ${about}`, (item) => file.text(item, `a value of ${about}`))
    : undefined;
  const parameter: AddonParameter = {
    name,
    description: file.text(fields.get('description'), `description of ${about}`),
    ...(fields.has('default') ? { default: defaultOf(file, fields.get('default'), about) } : {}),
    ...(pattern === undefined ? {} : { pattern }),
    ...(choices === undefined ? {} : { enum: choices }),
    required: file.flag(fields.get('required'), `required of ${about}`),
  };
  const wrong = parameter.default === undefined ? undefined : wrongValue(parameter, parameter.default);
  if (wrong !== undefined) throw file.fault(fields.get('default'), `default of ${about} ${wrong}`);
  return parameter;
}

/** A default may be empty, and may be written as true or 3. */
function defaultOf(file: YamlFile, node: ParsedNode | null | undefined, about: string): string {
  const value = (node as { value?: unknown } | null | undefined)?.value;
  if (value === '') return '';
  return typeof value === 'boolean' ? String(value) : file.text(node, `default of ${about}`);
}

/** Manifests with the values of parameters in place: `${name}` inside text scalars, after parsing, so that no value can become structure. Pure. */
import type { Document } from 'yaml';
import { addonLabel, addonVersionAnnotation, type AddonDefinition } from '../api/addon.ts';
import type { KubeObject, ObjectMeta } from '../api/object.ts';
import { type Yaml, YamlFile } from './yaml-reader.ts';

/** A manifest as it lies on the disk. */
export interface ManifestText {
  /** As it is told of in faults. */
  readonly file: string;
  readonly text: string;
}

/** Most objects of one addon. */
const mostObjects = 500;

/** The objects of an addon, marked as its own. Throws FileFault with the line at fault. */
export function render(
  yaml: Yaml,
  definition: AddonDefinition,
  manifests: readonly ManifestText[],
  values: ReadonlyMap<string, string>,
): KubeObject[] {
  const objects: KubeObject[] = [];
  const seen = new Set<string>();
  for (const { file, text } of manifests) {
    const reader = new YamlFile(yaml, file);
    for (const document of reader.documents(text)) {
      const value = filled(reader, document, values);
      if (value === null) continue;
      const object = checked(reader, document, value);
      const key = [object.apiVersion, object.kind, object.metadata.namespace, object.metadata.name].join(' ');
      if (seen.has(key))
        throw reader.fault(document.contents, `${object.kind} "${object.metadata.name}" is there twice`);
      seen.add(key);
      objects.push(marked(object, definition));
    }
  }
  if (objects.length > mostObjects) throw new Error(`addon ${definition.name} has more than ${mostObjects} objects`);
  return objects;
}

/** The value of a document with every reference replaced. */
function filled(reader: YamlFile, document: Document.Parsed, values: ReadonlyMap<string, string>): unknown {
  const fill = (value: unknown, path: readonly (string | number)[]): unknown => {
    if (typeof value === 'string') {
      try {
        return replaced(value, values);
      } catch (error) {
        const node = document.getIn(path, true) as Document.Parsed['contents'];
        throw reader.fault(node, (error as Error).message);
      }
    }
    if (Array.isArray(value)) return value.map((each, index) => fill(each, [...path, index]));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, fill(each, [...path, key])]));
  };
  return fill(document.toJS({ maxAliasCount: 100 }), []);
}

/** A text with its references replaced: as a whole `${n:int}` and `${b:bool}` become what they say; `$${` stands for `${`. */
export function replaced(text: string, values: ReadonlyMap<string, string>): string | number | boolean {
  const known = (name: string): string => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`there is no parameter "${name}"`);
    return value;
  };
  const whole = /^\$\{([\w-]+):([a-z]+)\}$/.exec(text);
  if (whole !== null) return typed(whole[1] ?? '', whole[2] ?? '', known(whole[1] ?? ''));
  return text.replace(/\$(\$\{)|\$\{([^}]*)\}/g, (_, escaped: string | undefined, name: string | undefined) =>
    escaped === undefined ? known(name ?? '') : escaped,
  );
}

function typed(name: string, type: string, value: string): number | boolean {
  if (type === 'int') {
    if (/^-?\d{1,15}$/.test(value)) return Number(value);
    throw new Error(`parameter "${name}" must be a whole number, and is "${value}"`);
  }
  if (type !== 'bool') throw new Error(`"${type}" is neither int nor bool`);
  if (value === 'true' || value === 'false') return value === 'true';
  throw new Error(`parameter "${name}" must be true or false, and is "${value}"`);
}

function checked(reader: YamlFile, document: Document.Parsed, value: unknown): KubeObject {
  const object = value as Partial<KubeObject> | null;
  const isObject = typeof object === 'object' && object !== null && !Array.isArray(object);
  if (!isObject) throw reader.fault(document.contents, 'a manifest must be a mapping');
  for (const key of ['apiVersion', 'kind'])
    if (typeof object[key] !== 'string' || object[key] === '')
      throw reader.fault(document.contents, `the manifest has no ${key}`);
  const name = (object.metadata as Partial<ObjectMeta> | undefined)?.name;
  if (typeof name !== 'string' || name === '')
    throw reader.fault(document.contents, 'the manifest has no metadata.name');
  if (object.kind === 'List') throw reader.fault(document.contents, 'write the members of a List as documents');
  return object as KubeObject;
}

/** The object with the addon's label and version, and its Pods with the label. */
function marked(object: KubeObject, { name, version }: AddonDefinition): KubeObject {
  const { labels, annotations, ...metadata } = object.metadata;
  const result: KubeObject = {
    ...object,
    metadata: {
      ...metadata,
      labels: { ...labels, [addonLabel]: name },
      annotations: { ...annotations, [addonVersionAnnotation]: version },
    },
  };
  const spec = object.spec as Record<string, unknown> | undefined;
  if (object.kind === 'CronJob' && spec !== undefined) {
    const job = spec['jobTemplate'] as { spec?: Record<string, unknown> } | undefined;
    result.spec = { ...spec, jobTemplate: { ...job, spec: withPodLabel(job?.spec ?? {}, name) } };
  } else if (spec?.['template'] !== undefined) result.spec = withPodLabel(spec, name);
  return result;
}

function withPodLabel(spec: Record<string, unknown>, name: string): Record<string, unknown> {
  const template = spec['template'] as { metadata?: ObjectMeta } | undefined;
  if (typeof template !== 'object' || template === null) return spec;
  const { metadata } = template;
  return {
    ...spec,
    template: { ...template, metadata: { ...metadata, labels: { ...metadata?.labels, [addonLabel]: name } } },
  };
}

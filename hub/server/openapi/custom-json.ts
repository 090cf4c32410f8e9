/** Schemas of custom kinds as OpenAPI writes them: their own, with what every object has. */
import type { JsonSchema } from '../../api/custom-resource.ts';
import type { Descriptions } from '../../kinds/descriptions.ts';
import type { ResourceInfo } from '../../kinds/kind.ts';
import { type Dialect, refTo } from './schema-json.ts';

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';
/** Any built-in kind: what is said of its apiVersion, kind and metadata is said of all. */
const someKind = 'io.k8s.api.core.v1.ConfigMap';
const someList = 'io.k8s.api.core.v1.ConfigMapList';

/** The types every custom kind refers to. */
export const customReferences: readonly string[] = [`${meta}.ObjectMeta`, `${meta}.ListMeta`];

type Fields = Record<string, unknown>;

function reference(dialect: Dialect, type: string, description: string | undefined): Fields {
  const text = description === undefined ? {} : { description };
  const ref = refTo(dialect, type);
  return dialect === 'v2' ? { ...text, ...ref } : { ...text, allOf: [ref] };
}

/** apiVersion, kind and metadata of an object. */
function objectFields(dialect: Dialect, descriptions: Descriptions): Record<string, Fields> {
  const texts = descriptions[someKind] ?? {};
  const text = (name: string): Fields =>
    texts[name] === undefined ? { type: 'string' } : { description: texts[name], type: 'string' };
  return {
    apiVersion: text('apiVersion'),
    kind: text('kind'),
    metadata: reference(dialect, `${meta}.ObjectMeta`, texts['metadata']),
  };
}

const left = new Set(['nullable', 'default', 'oneOf', 'anyOf', 'not', 'allOf', 'x-kubernetes-validations']);

/** What OpenAPI v2 can say of a value. API: where any value may stand it says no type, so that no client refuses one. */
function forV2(schema: JsonSchema): Fields {
  const kept = Object.fromEntries(Object.entries(schema).filter(([name]) => !left.has(name)));
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (open || schema.nullable === true || schema['x-kubernetes-int-or-string'] === true) delete kept['type'];
  if (open) {
    delete kept['items'];
    delete kept['properties'];
    delete kept['additionalProperties'];
    return kept;
  }
  return kept;
}

class Writer {
  readonly #dialect: Dialect;
  readonly #fields: Record<string, Fields>;

  constructor(dialect: Dialect, descriptions: Descriptions) {
    this.#dialect = dialect;
    this.#fields = objectFields(dialect, descriptions);
  }

  value(schema: JsonSchema, isRoot: boolean): Fields {
    const written = this.#dialect === 'v2' ? forV2(schema) : { ...schema };
    const { items, additionalProperties: more, properties } = written as JsonSchema;
    if (typeof items === 'object' && !Array.isArray(items)) written['items'] = this.value(items, false);
    if (typeof more === 'object') written['additionalProperties'] = this.value(more, false);
    const own = Object.entries(properties ?? {}).map(([name, part]) => [name, this.value(part, false)] as const);
    const isObject = isRoot || schema['x-kubernetes-embedded-resource'] === true;
    const added = isObject ? Object.entries(this.#fields) : [];
    if (own.length + added.length > 0) written['properties'] = Object.fromEntries([...own, ...added]);
    return written;
  }
}

/** The schema of the objects of a row. */
export function customJson(dialect: Dialect, descriptions: Descriptions, info: ResourceInfo): object {
  const schema = info.custom?.json ?? {};
  const written = new Writer(dialect, descriptions).value(schema, true);
  const { group, kind, version } = info;
  return { ...written, 'x-kubernetes-group-version-kind': [{ group, kind, version }] };
}

/** The schema of their lists. */
export function customListJson(dialect: Dialect, descriptions: Descriptions, info: ResourceInfo): object {
  const { group, kind, listKind, version, resource, type } = info;
  const texts = descriptions[someList] ?? {};
  const { apiVersion, kind: kindField } = objectFields(dialect, descriptions);
  const more = 'More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md';
  return {
    description: `${listKind} is a list of ${kind}`,
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion,
      items: { description: `List of ${resource}. ${more}`, type: 'array', items: refTo(dialect, type) },
      kind: kindField,
      metadata: reference(dialect, `${meta}.ListMeta`, texts['metadata']),
    },
    'x-kubernetes-group-version-kind': [{ group, kind: listKind, version }],
  };
}

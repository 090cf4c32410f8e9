/** Writes one OpenAPI document out of its pieces. */
import { kubernetesVersion } from '../../api/version.ts';
import { type Descriptions, readDescriptions } from '../../kinds/descriptions.ts';
import type { Catalogue, GroupVersion, ResourceInfo } from '../../kinds/kind.ts';
import type { Schemas } from '../../kinds/schema.ts';
import { type PathItem, pathsOf } from './operation.ts';
import { pathJson } from './operation-json.ts';
import { type Pieces, withPieces } from './remote-pieces.ts';
import { encodeV2 } from './v2-protobuf.ts';
import { customJson, customListJson, customReferences } from './custom-json.ts';
import { closure, type Dialect, type Gvk, schemaJson } from './schema-json.ts';

/** What a document is about. */
export interface DocumentContent {
  readonly dialect: Dialect;
  readonly groupVersions: readonly GroupVersion[];
  readonly catalogue: Catalogue;
  readonly schemas: Schemas;
  /** What other servers describe. */
  readonly more?: readonly Pieces[];
}

const info = { title: 'Kubernetes', version: kubernetesVersion.gitVersion };

/** Kinds by the type of their bodies; lists included. */
function kindsByType(catalogue: Catalogue): Map<string, Gvk[]> {
  const kinds = new Map<string, Gvk[]>();
  const add = (type: string, kind: Gvk): void => {
    const known = kinds.get(type);
    if (known === undefined) kinds.set(type, [kind]);
    else known.push(kind);
  };
  for (const { group, version, resources } of catalogue.groupVersions()) {
    for (const { kind, listKind, type, verbs } of resources) {
      add(type, { group, kind, version });
      if (verbs.includes('list')) add(`${type}List`, { group, kind: listKind, version });
    }
  }
  return kinds;
}

/** The types that the operations of a path speak of. */
function addTypes(item: PathItem, types: Set<string>): void {
  for (const { body, answer } of item.operations) {
    if (body !== undefined) types.add(body);
    if (answer !== undefined) types.add(answer);
  }
}

function members(entries: Iterable<readonly [string, object]>): string {
  const parts: string[] = [];
  for (const [name, value] of entries) parts.push(`${JSON.stringify(name)}:${JSON.stringify(value)}`);
  return `{${parts.join(',')}}`;
}

function piecesOf(content: DocumentContent): Pieces {
  const { dialect, schemas } = content;
  const resources = content.groupVersions.flatMap((one): readonly ResourceInfo[] => one.resources);
  const items = resources.flatMap(pathsOf);
  const types = new Set<string>();
  for (const item of items) addTypes(item, types);
  const kinds = kindsByType(content.catalogue);
  const kindsOf = (type: string): readonly Gvk[] => kinds.get(type) ?? [];
  const descriptions = readDescriptions();
  const context = { dialect, schemas, descriptions, kindsOf };
  const custom = customSchemas(content, descriptions);
  if (custom.size > 0) for (const type of customReferences) types.add(type);
  const known = closure(schemas, types).filter((type) => !custom.has(type));
  const own: Pieces = {
    paths: items.map((item) => [item.path, pathJson(dialect, item)] as const),
    schemas: [...known.map((type) => [type, schemaJson(context, type)] as const), ...custom],
  };
  const { paths, schemas: all } = content.more === undefined ? own : withPieces(own, content.more);
  return { paths, schemas: [...all].sort(byName) };
}

const byName = ([a]: readonly [string, object], [b]: readonly [string, object]): number => (a < b ? -1 : 1);

/** The schemas of the custom kinds of a document, and of their lists. */
function customSchemas({ dialect, groupVersions }: DocumentContent, descriptions: Descriptions): Map<string, object> {
  const schemas = new Map<string, object>();
  for (const info of groupVersions.flatMap(({ resources }) => resources)) {
    if (info.custom === undefined) continue;
    schemas.set(info.type, customJson(dialect, descriptions, info));
    schemas.set(`${info.type}List`, customListJson(dialect, descriptions, info));
  }
  return schemas;
}

/** The document as JSON text. */
export function documentOf(content: DocumentContent): string {
  const { paths, schemas } = piecesOf(content);
  const head = `"info":${JSON.stringify(info)},"paths":${members(paths)}`;
  return content.dialect === 'v2'
    ? `{"swagger":"2.0",${head},"definitions":${members(schemas)}}`
    : `{"openapi":"3.0.0",${head},"components":{"schemas":${members(schemas)}}}`;
}

/** The OpenAPI v2 document in Protocol Buffers. */
export function protobufOf(content: Omit<DocumentContent, 'dialect'>): Buffer {
  const { paths, schemas } = piecesOf({ ...content, dialect: 'v2' });
  return encodeV2({ ...info, paths, definitions: schemas });
}

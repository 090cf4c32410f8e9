/** What other servers describe in OpenAPI v2, made ready to stand beside the hub's own descriptions. */
import { sameJson } from '../../api/same-json.ts';

/** Names and values of a document. */
export interface Pieces {
  readonly paths: readonly (readonly [string, object])[];
  readonly schemas: readonly (readonly [string, object])[];
}

interface Described {
  paths?: Record<string, object>;
  definitions?: Record<string, object>;
}

/** The pieces of one server's document about one group version. Throws SyntaxError for what is no JSON. */
export function piecesAbout(groupVersion: string, text: string): Pieces {
  const { paths = {}, definitions = {} } = JSON.parse(text) as Described;
  const prefix = `/apis/${groupVersion}/`;
  return {
    paths: Object.entries(paths).filter(([path]) => `${path}/`.startsWith(prefix)),
    schemas: Object.entries(definitions),
  };
}

/**
 * Puts pieces beside those there are. A schema of the same name that says the same, or is one of Kubernetes', is there
 * already; another one gets a name of its own. API: kube-openapi's merge.
 */
export function withPieces(own: Pieces, more: readonly Pieces[]): Pieces {
  const schemas = new Map(own.schemas);
  const paths = new Map(own.paths);
  for (const one of more) {
    const { added, renamed } = namesFor(schemas, one);
    const named = (value: object): object => withNames(value, renamed);
    for (const [name, schema] of added) schemas.set(renamed.get(name) ?? name, named(schema));
    for (const [path, item] of one.paths) if (!paths.has(path)) paths.set(path, named(item));
  }
  return { paths: [...paths], schemas: [...schemas] };
}

function namesFor(
  known: ReadonlyMap<string, object>,
  { schemas }: Pieces,
): { added: (readonly [string, object])[]; renamed: Map<string, string> } {
  const renamed = new Map<string, string>();
  const added = schemas.filter(([name, schema]) => {
    const there = known.get(name);
    if (there === undefined) return true;
    if (name.startsWith('io.k8s.') || sameJson(there, schema)) return false;
    let number = 2;
    while (known.has(`${name}_v${number}`)) number += 1;
    renamed.set(name, `${name}_v${number}`);
    return true;
  });
  return { added, renamed };
}

function withNames(value: object, renamed: ReadonlyMap<string, string>): object {
  if (renamed.size === 0) return value;
  const text = JSON.stringify(value).replaceAll(/"#\/definitions\/([^"]+)"/g, (reference, name: string) => {
    const other = renamed.get(name);
    return other === undefined ? reference : `"#/definitions/${other}"`;
  });
  return JSON.parse(text) as object;
}

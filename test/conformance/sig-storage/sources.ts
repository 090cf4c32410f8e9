/** The four sources of files a volume can have that are made of ConfigMaps and Secrets, as tests ask for them. */
import { core, type More } from '../objects.ts';
import type { Cluster } from '../suite.ts';

/** Fields of the source besides the object's name. */
export interface SourceFields {
  readonly items?: readonly { key: string; path: string; mode?: number }[];
  readonly optional?: boolean;
  readonly defaultMode?: number;
}

/** One way to have files of an object. */
export interface Source {
  /** The official test file. */
  readonly file: string;
  readonly kind: 'ConfigMap' | 'Secret';
  /** The volume's source for the object `name`. */
  volume(name: string, fields?: SourceFields): More;
}

const projected = (kind: 'configMap' | 'secret', name: string, { defaultMode, ...rest }: SourceFields): More => ({
  projected: { sources: [{ [kind]: { name, ...rest } }], ...(defaultMode === undefined ? {} : { defaultMode }) },
});

/** All four, by the official file. */
export const sources = {
  configMap: {
    file: 'configmap_volume.go',
    kind: 'ConfigMap',
    volume: (name, fields = {}) => ({ configMap: { name, ...fields } }),
  },
  secret: {
    file: 'secrets_volume.go',
    kind: 'Secret',
    volume: (name, fields = {}) => ({ secret: { secretName: name, ...fields } }),
  },
  projectedConfigMap: {
    file: 'projected_configmap.go',
    kind: 'ConfigMap',
    volume: (name, fields = {}) => projected('configMap', name, fields),
  },
  projectedSecret: {
    file: 'projected_secret.go',
    kind: 'Secret',
    volume: (name, fields = {}) => projected('secret', name, fields),
  },
} as const satisfies Record<string, Source>;

const plural = { ConfigMap: 'configmaps', Secret: 'secrets' } as const;

/** The path of an object of a source's kind. */
export const sourcePath = (cluster: Pick<Cluster, 'namespace'>, source: Source, name = ''): string =>
  core(cluster, plural[source.kind], name);

/** The object with this data in plain text. */
export function sourceObject(source: Source, name: string, data: Record<string, string>): More {
  const values = Object.entries(data).map(([key, value]) => [
    key,
    source.kind === 'Secret' ? Buffer.from(value).toString('base64') : value,
  ]);
  return { apiVersion: 'v1', kind: source.kind, metadata: { name }, data: Object.fromEntries(values) };
}

/** Makes it. */
export async function makeSource(
  cluster: Cluster,
  source: Source,
  name: string,
  data: Record<string, string> = { 'data-1': 'value-1', 'data-2': 'value-2', 'data-3': 'value-3' },
): Promise<void> {
  await cluster.ok('POST', sourcePath(cluster, source), sourceObject(source, name, data));
}

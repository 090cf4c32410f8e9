/** OCI images: a configuration and a manifest over layers, or an index over images for several machines. */
import { type Blob, digestOf, type Layer } from './layer.ts';

/** What an image says of how to run it, in the words of the OCI image configuration. */
export interface ImageConfig {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly StopSignal?: string;
  readonly Volumes?: Readonly<Record<string, object>>;
  readonly Labels?: Readonly<Record<string, string>>;
}

/** An image, ready to be pushed. */
export interface Image {
  /** `name:tag` */
  readonly name: string;
  readonly mediaType: string;
  /** Its manifest or index. */
  readonly manifest: Buffer;
  readonly digest: string;
  readonly blobs: readonly Blob[];
  /** The images of an index. */
  readonly parts: readonly Image[];
}

const types = {
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
};

/** This machine's architecture in the words of images. */
const architecture = process.arch === 'x64' ? 'amd64' : process.arch;

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** An image of some layers. */
export function createImage(options: {
  name: string;
  layers: readonly Layer[];
  config?: ImageConfig;
  architecture?: string;
}): Image {
  const { name, layers } = options;
  const content = json({
    architecture: options.architecture ?? architecture,
    os: 'linux',
    config: { Env: ['PATH=/usr/local/bin:/usr/bin:/bin'], ...options.config },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
  });
  const config = { digest: digestOf(content), size: content.length, content };
  const manifest = json({
    schemaVersion: 2,
    mediaType: types.manifest,
    config: { mediaType: types.config, digest: config.digest, size: config.size },
    layers: layers.map(({ digest, size }) => ({ mediaType: types.layer, digest, size })),
  });
  return {
    name,
    mediaType: types.manifest,
    manifest,
    digest: digestOf(manifest),
    blobs: [config, ...layers],
    parts: [],
  };
}

/** One name for images of several architectures. */
export function createIndex(name: string, parts: Readonly<Record<string, Image>>): Image {
  const manifest = json({
    schemaVersion: 2,
    mediaType: types.index,
    manifests: Object.entries(parts).map(([machine, part]) => ({
      mediaType: part.mediaType,
      digest: part.digest,
      size: part.manifest.length,
      platform: { os: 'linux', architecture: machine },
    })),
  });
  return { name, mediaType: types.index, manifest, digest: digestOf(manifest), blobs: [], parts: Object.values(parts) };
}

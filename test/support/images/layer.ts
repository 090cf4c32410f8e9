/** Layers of images: compressed archives, built once and kept on disk for the tests to come. */
import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Entry, tar } from './tar.ts';

/** Bytes that an image names by their hash. */
export interface Blob {
  /** `sha256:…` */
  readonly digest: string;
  readonly size: number;
  readonly content: Buffer | { readonly from: string };
}

/** One layer: the compressed archive, and the hash of what is in it. */
export interface Layer extends Blob {
  readonly diffId: string;
}

/** Anyone may read what is kept: no secrets are in test images. */
const cache = join(tmpdir(), 'coracle-test-images');

/** The hash of some bytes as images write it. */
export const digestOf = (bytes: Buffer | string): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** A layer's name in the cache: its entries, and of each file that is read from this machine which one it is now. */
function cacheKey(entries: readonly Entry[]): string {
  const sources = entries.map(({ file }) => {
    if (typeof file !== 'object' || Buffer.isBuffer(file)) return '';
    const { size, mtimeMs } = statSync(file.from);
    return `${size} ${mtimeMs}`;
  });
  return createHash('sha256')
    .update(JSON.stringify([entries, sources]))
    .digest('hex');
}

/** Passes bytes on and takes their hash and number. */
function measured(): { stream: Transform; digest(): string; size(): number } {
  const hash = createHash('sha256');
  let size = 0;
  const stream = new Transform({
    transform(piece: Buffer, _encoding, done) {
      hash.update(piece);
      size += piece.length;
      done(null, piece);
    },
  });
  return { stream, digest: () => `sha256:${hash.digest('hex')}`, size: () => size };
}

function kept(file: string): Layer | undefined {
  try {
    return JSON.parse(readFileSync(`${file}.json`, 'utf8')) as Layer;
  } catch {
    return undefined;
  }
}

/** Builds a layer, or takes it from the cache. */
export async function buildLayer(entries: readonly Entry[]): Promise<Layer> {
  mkdirSync(cache, { recursive: true });
  const file = join(cache, cacheKey(entries));
  const before = kept(file);
  if (before !== undefined) return before;
  const [plain, packed] = [measured(), measured()];
  const half = `${file}.${randomBytes(4).toString('hex')}`;
  await pipeline(
    Readable.from(tar(entries)),
    plain.stream,
    createGzip({ level: 1 }),
    packed.stream,
    createWriteStream(half),
  );
  const layer = { digest: packed.digest(), diffId: plain.digest(), size: packed.size(), content: { from: file } };
  writeFileSync(`${half}.json`, JSON.stringify(layer));
  // the description last: who finds it finds the layer
  renameSync(half, file);
  renameSync(`${half}.json`, `${file}.json`);
  return layer;
}

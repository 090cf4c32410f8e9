/** Sends an archive of images to containerd of one node, layer by layer: what is there already does not travel. */
import type { HubClient } from '../hub-client.ts';
import { withNodePod, nodePodNamespace } from '../node-pod.ts';
import { execInPod } from '../pod-exec.ts';
import { type ArchiveEntry, archiveOf, contentOf } from './image-archive.ts';

/** Layers are larger; what is smaller travels with the rest. */
const layerSize = 64 * 1024;
/** containerd keeps what has this label, so that a layer stays until the image that needs it is there. */
const keepLabel = 'containerd.io/gc.root';

/** What went to a node. */
export interface SentImages {
  readonly node: string;
  /** Bytes that travelled, and that did not have to. */
  readonly sent: number;
  readonly spared: number;
}

/** `ctr` are the words that begin each call of containerd's client; `progress` is told how many bytes of how many are there. */
export interface SendOptions {
  readonly client: HubClient;
  readonly node: string;
  readonly file: string;
  readonly entries: readonly ArchiveEntry[];
  readonly ctr: readonly string[];
  readonly progress: (done: number, whole: number) => void;
}

/** Resolves when the images are there. Cut off, it may be run again: layers that arrived stay. */
export function sendImages(options: SendOptions): Promise<SentImages> {
  const { client, node, file, entries, ctr, progress } = options;
  return withNodePod(client, node, async (pod) => {
    const run = (words: readonly string[], input?: AsyncIterable<Buffer>): Promise<string> =>
      runCtr({ client, pod, command: [...ctr, ...words], ...(input === undefined ? {} : { input }) });
    const there = new Set((await run(['content', 'ls', '-q'])).split('\n').map((line) => line.trim()));
    const missing = entries.filter(({ digest }) => digest === undefined || !there.has(digest));
    const whole = bytesOf(missing);
    const layers = missing.filter(({ digest, size }) => digest !== undefined && size >= layerSize);
    let done = 0;
    const counted = async function* counted(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of chunks) {
        yield chunk;
        done += chunk.length;
        progress(Math.min(done, whole), whole);
      }
    };
    for (const layer of layers) {
      const { digest = '', size } = layer;
      const words = [
        'content',
        'ingest',
        '--expected-digest',
        digest,
        '--expected-size',
        String(size),
        `coracle-${digest}`,
      ];
      await run(words, counted(contentOf(file, layer)));
      await run(['content', 'label', digest, `${keepLabel}=coracle`]);
    }
    const rest = missing.filter((entry) => !layers.includes(entry));
    await run(['images', 'import', '-'], counted(archiveOf(file, rest)));
    // the image holds them now
    for (const { digest = '' } of layers) await run(['content', 'label', digest, `${keepLabel}=`]);
    return { node, sent: whole, spared: bytesOf(entries) - whole };
  });
}

const bytesOf = (entries: readonly ArchiveEntry[]): number => entries.reduce((sum, { size }) => sum + size, 0);

/** Answers what it prints. */
async function runCtr(options: {
  client: HubClient;
  pod: string;
  command: readonly string[];
  input?: AsyncIterable<Buffer>;
}): Promise<string> {
  const { client, ...exec } = options;
  const chunks: Buffer[] = [];
  await execInPod(client, { ...exec, namespace: nodePodNamespace, output: (chunk) => void chunks.push(chunk) });
  return Buffer.concat(chunks).toString();
}

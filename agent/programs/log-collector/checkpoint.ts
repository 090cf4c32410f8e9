/** How far every file was sent, kept on the node's disk: a restart goes on where the last one ended. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

interface Kept {
  /** Bytes that were sent, by a file's identity. */
  files: Record<string, number>;
  /** The sink's own. */
  sink: string;
}

/** The checkpoint in one directory. */
export class Checkpoint {
  readonly #directory: string;
  readonly #offsets: Map<string, number>;
  readonly sink: string;

  private constructor(directory: string, kept: Kept) {
    this.#directory = directory;
    this.#offsets = new Map(Object.entries(kept.files));
    this.sink = kept.sink;
  }

  /** Reads what is there; a damaged one counts as none, and everything is sent again. */
  static async open(directory: string): Promise<Checkpoint> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    let kept: Kept = { files: {}, sink: '' };
    try {
      kept = JSON.parse(await readFile(join(directory, 'checkpoint.json'), 'utf8')) as Kept;
    } catch {
      // the first start
    }
    return new Checkpoint(directory, { files: kept.files ?? {}, sink: kept.sink ?? '' });
  }

  /** Undefined for a file that was never read. */
  offset(identity: string): number | undefined {
    return this.#offsets.get(identity);
  }

  set(identity: string, offset: number): void {
    this.#offsets.set(identity, offset);
  }

  /** Forgets files that are gone. */
  keep(identities: ReadonlySet<string>): void {
    for (const identity of this.#offsets.keys()) if (!identities.has(identity)) this.#offsets.delete(identity);
  }

  /** Replaces what is on the disk in one step. Not forced out: after a power cut at worst the last lines are sent again. */
  async save(sink: string): Promise<void> {
    const path = join(this.#directory, 'checkpoint.json');
    const kept: Kept = { files: Object.fromEntries(this.#offsets), sink };
    await writeFile(`${path}.new`, JSON.stringify(kept), { mode: 0o600 });
    await rename(`${path}.new`, path);
  }

  /** Removes it from the disk, with its directory. */
  async forget(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}

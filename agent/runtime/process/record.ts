/** What the process runtime keeps on disk of sandboxes and containers, so that a new agent finds them. */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PodIdentity, SandboxObservation } from '../sandbox.ts';
import type { Clock } from '../../../hub/base/clock.ts';
import { type ShimFiles, wholeLine } from './shim.ts';
import { parseStat, type ProcessStat } from './table.ts';

/** One container as written before its process starts. */
export interface ContainerRecord {
  readonly id: string;
  readonly pod: PodIdentity;
  readonly name: string;
  readonly attempt: number;
  readonly image: string;
  readonly stopSignal: string;
  /** The kernel's boot id: with another one the process is gone. */
  readonly boot: string;
  readonly createdAt: number;
  /** API: terminationMessagePolicy FallbackToLogsOnError. Records of earlier versions do not say. */
  readonly logOnError?: boolean;
}

/** A record and where its files are. */
export interface StoredContainer {
  readonly record: ContainerRecord;
  readonly directory: string;
  readonly files: ShimFiles;
}

/** What a shim has written: `process` once it runs, `exit` once it ended. Times are file times in Unix milliseconds. */
export interface ShimReport {
  readonly process?: { readonly stat: ProcessStat; readonly at: number };
  readonly exit?: { readonly code: number; readonly at: number };
}

/** A claim is filled right after it is made, or never: on a busy machine its shim may wait a while in between. Milliseconds. */
const claimPatience = { between: 10, limit: 3_000 } as const;

/** The directory of the process runtime. */
export class ProcessStore {
  readonly #root: string;
  readonly #clock: Clock;

  constructor(root: string, clock: Clock) {
    this.#root = root;
    this.#clock = clock;
  }

  /** Where shims write `<id>.process` and `<id>.exit`: one directory, so one watcher hears them all. */
  get events(): string {
    return join(this.#root, 'events');
  }

  async prepare(): Promise<void> {
    await mkdir(join(this.#root, 'containers'), { recursive: true, mode: 0o711 });
    for (const name of ['events', 'sandboxes']) await mkdir(join(this.#root, name), { recursive: true, mode: 0o700 });
  }

  /** Every container with a readable record; directories without one are left-overs of a cut-off start and are removed. */
  async containers(): Promise<StoredContainer[]> {
    const found: StoredContainer[] = [];
    for (const name of await readdir(join(this.#root, 'containers'))) {
      const directory = join(this.#root, 'containers', name);
      const record = await readJson<ContainerRecord>(join(directory, 'record.json'));
      if (record === undefined || typeof record.id !== 'string') await rm(directory, { recursive: true, force: true });
      else found.push({ record, directory, files: this.#files(record.id, directory) });
    }
    return found;
  }

  /** The directory's name ends in chance: a shim left over from a start that was given up can then never claim this one. */
  async addContainer(record: ContainerRecord): Promise<StoredContainer> {
    const directory = join(this.#root, 'containers', `${record.id}.${randomBytes(4).toString('hex')}`);
    await mkdir(join(directory, 'work'), { recursive: true, mode: 0o711 });
    await writeFile(join(directory, 'record.json'), JSON.stringify(record), { mode: 0o600 });
    return { record, directory, files: this.#files(record.id, directory) };
  }

  async removeContainer(container: StoredContainer): Promise<void> {
    await rm(container.directory, { recursive: true, force: true });
    await rm(container.files.process, { force: true });
    await rm(container.files.exit, { force: true });
  }

  async sandboxes(boot: string): Promise<SandboxObservation[]> {
    const found: SandboxObservation[] = [];
    for (const name of await readdir(join(this.#root, 'sandboxes'))) {
      const stored = await readJson<SandboxObservation & { boot: string }>(join(this.#root, 'sandboxes', name));
      if (stored === undefined) await rm(join(this.#root, 'sandboxes', name), { force: true });
      else found.push({ ...stored, ready: stored.boot === boot });
    }
    return found;
  }

  async addSandbox(sandbox: SandboxObservation, boot: string): Promise<void> {
    const file = join(this.#root, 'sandboxes', `${sandbox.uid}.json`);
    await writeFile(file, JSON.stringify({ ...sandbox, boot }), { mode: 0o600 });
  }

  async removeSandbox(uid: string): Promise<void> {
    await rm(join(this.#root, 'sandboxes', `${uid}.json`), { force: true });
  }

  /** What the shim of `container` has written so far. */
  async report(container: StoredContainer): Promise<ShimReport> {
    const process = await readWhole(container.files.process);
    const exit = await readWhole(container.files.exit);
    const parsed = process === undefined ? undefined : parseStat(process.line);
    return {
      ...(process === undefined || parsed === undefined ? {} : { process: { stat: parsed, at: process.at } }),
      ...(exit === undefined ? {} : { exit: { code: Number(exit.line), at: exit.at } }),
    };
  }

  /** The pid of the shim that claimed `container`; makes the claim itself (and answers undefined) when none did, so none ever will. */
  async shim(container: StoredContainer): Promise<number | undefined> {
    try {
      await writeFile(container.files.claim, 'void\n', { flag: 'wx', mode: 0o600 });
      return undefined;
    } catch {
      // Claimed before. A shim given up too soon would run its command beside the copy that replaces it.
      for (let waited = 0; ; waited += claimPatience.between) {
        const claim = wholeLine(await readFile(container.files.claim, 'utf8').catch(() => ''));
        if (claim !== undefined) return /^\d+$/.test(claim) ? Number(claim) : undefined;
        if (waited >= claimPatience.limit) return undefined;
        await this.#clock.sleep(claimPatience.between);
      }
    }
  }

  #files(id: string, directory: string): ShimFiles {
    return {
      claim: join(directory, 'claim'),
      process: join(this.events, `${id}.process`),
      exit: join(this.events, `${id}.exit`),
    };
  }
}

async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T;
  } catch {
    return undefined;
  }
}

async function readWhole(file: string): Promise<{ line: string; at: number } | undefined> {
  try {
    const line = wholeLine(await readFile(file, 'utf8'));
    return line === undefined ? undefined : { line, at: (await stat(file)).mtimeMs };
  } catch {
    return undefined;
  }
}

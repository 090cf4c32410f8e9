/**
 * All repositories of addons: the one that comes along, and those users added. They are read when they are first asked for, and
 * again after one was taken over.
 */
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type AddonCatalogue,
  type AddonDefinition,
  coreRepository,
  incomingFolder,
  repositoryName,
  type TakenOver,
} from '../api/addon.ts';
import { checkManifests, readManifests, readRepository, type Repository } from './repository.ts';
import type { ManifestText } from './render.ts';
import { FileFault, type Yaml } from './yaml-reader.ts';

/** `core` is the folder that comes along, `directory` holds those of users, a folder each. */
export interface RepositoriesOptions {
  readonly core: string;
  readonly directory: string;
  /** The version of what is built in. */
  readonly ownVersion: string;
}

/** An addon that was looked up: its definition, or why there is none. */
export type Found =
  | { readonly definition: AddonDefinition; readonly manifests: () => Promise<ManifestText[]> }
  | { readonly problem: string };

/** API: a name that is a folder's. */

/** The repositories. */
export class Repositories {
  readonly #options: RepositoriesOptions;
  #read: Promise<ReadonlyMap<string, Repository>> | undefined;
  #yaml: Promise<Yaml> | undefined;
  #isFinished = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: RepositoriesOptions) {
    this.#options = options;
  }

  /** The library, which is loaded when the first file is read. */
  yaml(): Promise<Yaml> {
    this.#yaml ??= import('yaml');
    return this.#yaml;
  }

  /** Every addon of the repository that comes along. */
  async core(): Promise<readonly AddonDefinition[]> {
    return (await this.#all()).get(coreRepository)?.addons ?? [];
  }

  /** Looks up an addon. */
  async find(source: string, name: string): Promise<Found> {
    const repository = (await this.#all()).get(source);
    if (repository === undefined) return { problem: `there is no repository "${source}"` };
    const definition = repository.addons.find((one) => one.name === name);
    if (definition !== undefined)
      return { definition, manifests: () => readManifests(repository.directory, definition) };
    const broken = repository.broken.get(name);
    return { problem: broken ?? `repository "${source}" has no addon "${name}"` };
  }

  /** What can be enabled, for people. */
  async catalogue(): Promise<AddonCatalogue> {
    const repositories = [...(await this.#all()).values()];
    return { repositories: repositories.map(({ directory: _, broken: __, ...view }) => view) };
  }

  /** Takes over what was put into `incoming`: whole and without a fault, or not at all. */
  takeOver(): Promise<TakenOver> {
    const next = this.#turn.then(() => this.#takeOver());
    this.#turn = next.catch(() => {});
    return next;
  }

  #all(): Promise<ReadonlyMap<string, Repository>> {
    this.#read ??= this.#readAll().catch((error: unknown) => {
      // a disk that fails once is asked again
      this.#read = undefined;
      throw error;
    });
    return this.#read;
  }

  async #readAll(): Promise<ReadonlyMap<string, Repository>> {
    const { core, directory, ownVersion } = this.#options;
    // what was put there when the hub ended, whole as it is, perhaps in the midst of being taken over
    if (!this.#isFinished) await this.takeOver();
    this.#isFinished = true;
    const yaml = await this.yaml();
    const places = [{ name: coreRepository, directory: core }];
    for (const name of await foldersOf(directory))
      if (name !== coreRepository && name !== incomingFolder) places.push({ name, directory: join(directory, name) });
    const found = new Map<string, Repository>();
    for (const place of places) {
      try {
        found.set(place.name, await readRepository(yaml, place, ownVersion));
      } catch (error) {
        if (!(error instanceof FileFault)) throw error;
        found.set(place.name, { ...place, description: '', addons: [], broken: new Map(), problems: [error.message] });
      }
    }
    return found;
  }

  async #takeOver(): Promise<TakenOver> {
    const { directory, ownVersion } = this.#options;
    const incoming = join(directory, incomingFolder);
    const yaml = await this.yaml();
    const taken: string[] = [];
    const refused: { name: string; problems: readonly string[] }[] = [];
    for (const name of await foldersOf(incoming)) {
      const place = join(incoming, name);
      const problems = await problemsOf(yaml, { name, directory: place }, ownVersion);
      if (problems.length > 0) {
        await rm(place, { recursive: true, force: true });
        refused.push({ name, problems });
        continue;
      }
      await mkdir(directory, { recursive: true, mode: 0o700 });
      await rm(join(directory, name), { recursive: true, force: true });
      await rename(place, join(directory, name));
      taken.push(name);
    }
    this.#read = undefined;
    return { taken, refused };
  }
}

/** Why a repository is not taken over. */
async function problemsOf(
  yaml: Yaml,
  place: { name: string; directory: string },
  ownVersion: string,
): Promise<readonly string[]> {
  if (!repositoryName.test(place.name) || [coreRepository, incomingFolder].includes(place.name))
    return [`a repository cannot be called "${place.name}"`];
  try {
    const repository = await readRepository(yaml, place, ownVersion);
    return [...repository.problems, ...(await checkManifests(yaml, repository))];
  } catch (error) {
    if (error instanceof FileFault) return [error.message];
    throw error;
  }
}

/** Folders in `directory` that are no hidden ones; none when it is not there. */
async function foldersOf(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map((entry) => entry.name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** One repository of addons on the disk: `addons.yaml`, and a folder for each addon. */
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AddonDefinition, type AddonRepositoryView, coreRepository, originFile } from '../api/addon.ts';
import { argumentsOf } from '../api/addon-arguments.ts';
import { readDefinition } from './definition.ts';
import { type ManifestText, render } from './render.ts';
import { FileFault, type Yaml, YamlFile } from './yaml-reader.ts';

/** A repository that was read. */
export interface Repository extends AddonRepositoryView {
  readonly directory: string;
  /** By the name of the folder, what is wrong with an addon that cannot be used. */
  readonly broken: ReadonlyMap<string, string>;
}

/** The largest file that is read, in bytes, and the most addons of a repository. */
const largest = 2 ** 20;
const mostAddons = 500;

/** A file of a repository. Links are not followed: a repository is to show nothing else of this machine. */
async function readOwn(directory: string, name: string, shown: string): Promise<string> {
  let path = directory;
  for (const part of name.split('/')) {
    path = join(path, part);
    const found = await lstat(path).catch(() => undefined);
    if (found === undefined) throw new FileFault(`${shown}:1: there is no such file`);
    if (found.isSymbolicLink()) throw new FileFault(`${shown}:1: it is a link, and those are not followed`);
    if (found.isFile() && found.size > largest) throw new FileFault(`${shown}:1: it is larger than ${largest} bytes`);
  }
  return readFile(path, 'utf8');
}

/** The manifests of an addon. Rejects with FileFault. */
export async function readManifests(directory: string, { name, manifests }: AddonDefinition): Promise<ManifestText[]> {
  return Promise.all(
    manifests.map(async (manifest) => {
      const file = `${name}/${manifest}`;
      return { file, text: await readOwn(directory, file, file) };
    }),
  );
}

/** Reads a repository; what is wrong in it is among its problems. Rejects with FileFault when it is none. */
export async function readRepository(
  yaml: Yaml,
  { name, directory }: { name: string; directory: string },
  ownVersion: string,
): Promise<Repository> {
  const description = readHead(yaml, await readOwn(directory, 'addons.yaml', 'addons.yaml'));
  const entries = await readdir(directory, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
  if (folders.length > mostAddons) throw new FileFault(`addons.yaml:1: there are more than ${mostAddons} folders`);
  const addons: AddonDefinition[] = [];
  const broken = new Map<string, string>();
  for (const folder of folders.map((entry) => entry.name).sort()) {
    const file = `${folder}/addon.yaml`;
    if ((await lstat(join(directory, file)).catch(() => undefined)) === undefined) continue;
    try {
      const text = await readOwn(directory, file, file);
      addons.push(readDefinition(yaml, { file, folder, text }, ownVersion));
    } catch (error) {
      if (!(error instanceof FileFault)) throw error;
      broken.set(folder, error.message);
    }
  }
  for (const definition of addons)
    if (definition.builtIn !== undefined && name !== coreRepository)
      broken.set(definition.name, `${definition.name}/addon.yaml:1: only what comes with Coracle is built in`);
  const usable = addons.filter((one) => !broken.has(one.name));
  return {
    name,
    directory,
    description,
    ...(await readOrigin(directory)),
    addons: usable,
    broken,
    problems: [...broken.values()],
  };
}

/** What is wrong with the manifests of a repository, as far as it can be told without arguments. */
export async function checkManifests(yaml: Yaml, { directory, addons }: Repository): Promise<string[]> {
  const problems: string[] = [];
  for (const definition of addons) {
    try {
      const manifests = await readManifests(directory, definition);
      const without = argumentsOf(definition, {});
      if ('values' in without) render(yaml, definition, manifests, without.values);
      else for (const { file, text } of manifests) new YamlFile(yaml, file).documents(text);
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  return problems;
}

function readHead(yaml: Yaml, text: string): string {
  const file = new YamlFile(yaml, 'addons.yaml');
  const [document] = file.documents(text);
  const fields = file.fields(document?.contents, ['name', 'description'], 'addons.yaml');
  file.text(fields.get('name'), 'name');
  return fields.has('description') ? file.text(fields.get('description'), 'description') : '';
}

async function readOrigin(directory: string): Promise<{ url?: string; reference?: string; commit?: string }> {
  const text = await readFile(join(directory, originFile), 'utf8').catch(() => undefined);
  if (text === undefined) return {};
  const { url, reference, commit } = JSON.parse(text) as { url: string; reference: string; commit: string };
  return { url, reference, commit };
}

/** Files the node itself shows to a Pod's containers, such as /etc/hosts. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where they live. Called by one worker a Pod. */
export interface PodFiles {
  /** Writes the Pod's /etc/hosts unless it says that already; answers its path on the node. */
  writeHosts(uid: string, text: string): Promise<string>;
  /** The node's own /etc/hosts; empty when it has none. */
  nodeHosts(): Promise<string>;
  /** Idempotent: removes the Pod's files. */
  remove(uid: string): Promise<void>;
  /** Removes the files of Pods `known` does not know. */
  sweep(known: (uid: string) => boolean): Promise<void>;
}

/** Keeps them below `dir`, one file a Pod. */
export function createPodFiles({ dir }: { dir: string }): PodFiles {
  const fileOf = (uid: string): string => join(dir, `${uid}.hosts`);
  return {
    async writeHosts(uid, text) {
      const file = fileOf(uid);
      if ((await readFile(file, 'utf8').catch(() => undefined)) === text) return file;
      await mkdir(dir, { recursive: true, mode: 0o711 });
      // written in place: containers that run hold on to this very file
      await writeFile(file, text, { mode: 0o644 });
      return file;
    },
    nodeHosts: () => readFile('/etc/hosts', 'utf8').catch(() => ''),
    remove: (uid) => rm(fileOf(uid), { force: true }),
    async sweep(known) {
      for (const name of await readdir(dir).catch(() => [])) {
        const uid = name.replace(/\.hosts$/, '');
        if (!known(uid)) await rm(join(dir, name), { force: true });
      }
    },
  };
}

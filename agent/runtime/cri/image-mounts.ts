/**
 * Images as volumes: containerd makes a read-only view of an image's layers, mount(8) shows it in a directory. The view is a
 * snapshot named after the directory, so that whoever takes the volume down finds it; its label keeps it from being collected.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RuntimeError } from '../runtime.ts';
import type { Connection } from './connection.ts';
import { isNotFound, isThere, isUnimplemented } from './cri-error.ts';
import type { SnapshotMount } from './messages.ts';

/** What an image volume needs. */
export interface ImageMounts {
  mount(reference: string, directory: string): Promise<void>;
  unmount(directory: string): Promise<void>;
}

/** A name no other snapshot has. */
const keyOf = (directory: string): string =>
  `coracle-volume-${createHash('sha256').update(directory).digest('hex').slice(0, 40)}`;

/** `snapshotter` is containerd's, known once it has answered; undefined for runtimes that are not containerd. */
export function createImageMounts(connection: Connection, snapshotter: () => string | undefined): ImageMounts {
  return {
    async mount(reference, directory) {
      const which = snapshotter();
      if (which === undefined) throw refused('this container runtime has no images as volumes');
      if (await isMountPoint(directory)) return;
      const request = { image: { image: reference }, verbose: true };
      const { image, info } = await connection.call('ImageStatus', request);
      if (image === null) throw refused(`the image "${reference}" is not on this node`);
      const key = { snapshotter: which, key: keyOf(directory) };
      const parent = chainOf(info['info'] ?? '');
      const labels = { 'containerd.io/gc.root': new Date(0).toISOString() };
      try {
        const { mounts } = await connection.call('View', { ...key, parent, labels }).catch((error: unknown) => {
          // made by an agent that died before it could mount
          if (isThere(error)) return connection.call('Mounts', key);
          throw error;
        });
        for (const each of mounts) await mountOne(each, directory);
      } catch (error) {
        if (isUnimplemented(error)) throw refused('this container runtime has no images as volumes');
        await connection.call('Remove', key).catch(() => {});
        throw refused(error instanceof Error ? error.message : String(error), error);
      }
    },
    async unmount(directory) {
      if (await isMountPoint(directory)) await run('umount', [directory]);
      const which = snapshotter();
      if (which === undefined) return;
      await connection.call('Remove', { snapshotter: which, key: keyOf(directory) }).catch((error: unknown) => {
        if (!isNotFound(error) && !isUnimplemented(error)) throw error;
      });
    },
  };
}

const refused = (why: string, cause?: unknown): RuntimeError =>
  new RuntimeError('ImageVolumeMountFailed', `the image cannot be a volume: ${why}`, { cause });

/** The snapshot that holds all layers of an image, out of what containerd tells beside its status. */
function chainOf(info: string): string {
  const parsed: unknown = info === '' ? {} : JSON.parse(info);
  const chain = (parsed as { chainID?: unknown }).chainID;
  if (typeof chain !== 'string' || chain === '') throw new Error('the runtime does not tell the layers of the image');
  return chain;
}

/** Words for mount(8). Layers are named from their common directory: all of them together may be longer than the kernel takes. */
export function mountWords(mount: SnapshotMount, directory: string): { args: string[]; cwd: string } {
  const layers = mount.options
    .find((option) => option.startsWith('lowerdir='))
    ?.slice('lowerdir='.length)
    .split(':');
  const cwd = layers === undefined ? '/' : commonDirectory(layers);
  const options = mount.options.map((option) =>
    option.startsWith('lowerdir=') && layers !== undefined
      ? `lowerdir=${layers.map((layer) => layer.slice(cwd === '/' ? 1 : cwd.length + 1)).join(':')}`
      : option,
  );
  const all = options.includes('ro') ? options : [...options, 'ro'];
  const type = mount.type === 'bind' ? [] : ['-t', mount.type];
  return { args: [...type, '-o', all.join(','), mount.source, directory], cwd };
}

function commonDirectory(paths: readonly string[]): string {
  let common = dirname(paths[0] ?? '/');
  while (common !== '/' && !paths.every((path) => path.startsWith(`${common}/`))) common = dirname(common);
  return common;
}

async function mountOne(mount: SnapshotMount, directory: string): Promise<void> {
  const { args, cwd } = mountWords(mount, directory);
  await run('mount', args, cwd);
}

async function isMountPoint(directory: string): Promise<boolean> {
  const escaped = directory.replace(/[ \t\n\\]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
  const table = await readFile('/proc/self/mountinfo', 'utf8');
  return table.split('\n').some((line) => line.split(' ')[4] === escaped);
}

function run(program: string, args: readonly string[], cwd = '/'): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (piece: Buffer) => {
      if (said.length < 1024) said += piece.toString();
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${program} ended with ${code}: ${said.trim().split('\n')[0] ?? ''}`));
    });
  });
}

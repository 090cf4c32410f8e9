/** Who has the ports of the hub. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { basename } from 'node:path';
import type { HubSettings } from '../../../hub/base/hub-settings.ts';
import type { PortFact } from './facts.ts';

const names = [
  ['Kubernetes API', 'apiPort'],
  ['joining', 'joinPort'],
  ['MQTT', 'mqttPort'],
] as const;

/** The hub's ports; `ours` are those a hub of this directory listens on now. */
export async function gatherPorts(settings: HubSettings, ours: readonly number[]): Promise<PortFact[]> {
  const wanted = names.filter(
    ([, setting]) => settings[setting] !== 0 && (setting !== 'mqttPort' || settings.mqttUrl === ''),
  );
  return Promise.all(
    wanted.map(async ([name, setting]): Promise<PortFact> => {
      const port = settings[setting];
      if (ours.includes(port)) return { name, setting, port, state: 'ours' };
      const state = await tried(settings.bindAddress, port);
      if (state !== 'taken') return { name, setting, port, state };
      const by = await listener(port);
      return { name, setting, port, state, ...(by === undefined ? {} : { by }) };
    }),
  );
}

function tried(host: string, port: number): Promise<'free' | 'taken' | 'forbidden'> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve('taken');
      // an address that is not here is another check's matter
      else resolve(error.code === 'EACCES' ? 'forbidden' : 'free');
    });
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve('free')));
  });
}

/** `name (process 123)`, for who may look at it. */
async function listener(port: number): Promise<string | undefined> {
  const sockets = new Set<string>();
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const inode of listening(await readFile(file, 'utf8').catch(() => ''), port)) sockets.add(`socket:[${inode}]`);
  }
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  for (const pid of processes) {
    if (!(await holds(pid, sockets))) continue;
    // its name as it was started: threads of Node change the other one
    const [program = ''] = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
    return `${program === '' ? 'a program' : basename(program)} (process ${pid})`;
  }
  return undefined;
}

/** Inodes of the sockets that listen on `port`, out of a table of proc(5). */
export function listening(table: string, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(`:${wanted}`) === true && state === '0A')
    .map((fields) => fields[9] ?? '');
}

async function holds(pid: string, sockets: ReadonlySet<string>): Promise<boolean> {
  const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
  for (const file of files) {
    if (sockets.has(await readlink(`/proc/${pid}/fd/${file}`).catch(() => ''))) return true;
  }
  return false;
}

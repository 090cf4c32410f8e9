/** The support report: an archive of what helps to understand a machine, without its secrets. */
import { open, readFile } from 'node:fs/promises';
import { arch, cpus, loadavg, networkInterfaces, release, uptime, version } from 'node:os';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { coracleVersion, kubernetesVersion } from '../../../hub/api/version.ts';
import type { DataDir } from '../../../hub/base/data-dir.ts';
import { writePrivate } from '../../../hub/base/private-file.ts';
import { HubClient } from '../hub-client.ts';
import { lookAtHub } from '../status-report.ts';
import type { Facts } from './facts.ts';
import type { Finding } from './finding.ts';
import { redact } from './redact.ts';
import { tar, type TarFile } from './tar.ts';

/** So much of the end of each log goes in, in bytes. */
const logLength = 1024 * 1024;
/** How long the hub may take for each question, in milliseconds. */
const patience = 4000;

/** Objects of the cluster that say how it is, and hold no secrets. */
const asked: Readonly<Record<string, string>> = {
  'cluster/nodes.json': '/api/v1/nodes?limit=500',
  'cluster/events.json': '/api/v1/events?limit=1000',
  'cluster/readyz.txt': '/readyz?verbose',
};

/** Writes the report to `file` (gzipped tar, 0600). Rejects when that cannot be. */
export async function writeReport(
  file: string,
  dir: DataDir,
  facts: Facts,
  findings: readonly Finding[],
): Promise<void> {
  const machine = {
    ...{ kernel: release(), system: version(), architecture: arch(), node: process.versions.node },
    ...{ cpus: cpus().length, load: loadavg(), uptime: uptime(), interfaces: networkInterfaces() },
  };
  const status = await lookAtHub(dir, patience).catch((error: Error) => ({ problem: error.message }));
  const files: TarFile[] = [
    json('findings.json', findings),
    json('facts.json', facts),
    json('machine.json', machine),
    json('status.json', status),
    json('versions.json', { coracle: coracleVersion, kubernetes: kubernetesVersion.gitVersion }),
    ...(await texts(dir)),
    ...(facts.hub.isRunning ? await cluster(dir) : []),
  ];
  const plain = files.map(({ name, data }) => ({ name, data: redact(data.toString()) }));
  await writePrivate(file, await promisify(gzip)(tar(plain, facts.now)));
}

const json = (name: string, value: unknown): TarFile => ({ name, data: `${JSON.stringify(value, null, 2)}\n` });

async function texts(dir: DataDir): Promise<TarFile[]> {
  const files: TarFile[] = [];
  for (const name of ['hub', 'agent'] as const) {
    const { log, settings, run } = dir[name];
    for (const [part, file] of Object.entries({ [`${name}.log`]: log, 'settings.json': settings, 'run.json': run })) {
      const data = await (file === log ? endOf(file) : readFile(file)).catch(() => undefined);
      if (data !== undefined) files.push({ name: `${name}/${part}`, data });
    }
  }
  return files;
}

async function endOf(file: string): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const begin = Math.max(0, size - logLength);
    const bytes = Buffer.alloc(size - begin);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, begin);
    return bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function cluster(dir: DataDir): Promise<TarFile[]> {
  const files: TarFile[] = [];
  for (const [name, path] of Object.entries(asked)) {
    try {
      const answer = await new HubClient(dir).call<unknown>('GET', path, undefined, { timeout: patience });
      files.push(typeof answer === 'string' ? { name, data: answer } : json(name, answer));
    } catch (error) {
      files.push({ name: `${name}.failed`, data: `${(error as Error).message}\n` });
    }
  }
  return files;
}

/** The images tests run: what is in each, and what each is for. All are built here; none comes from outside. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createImage, createIndex, type Image, type ImageConfig } from './image.ts';
import { buildLayer, type Layer } from './layer.ts';
import { programEntries, projectEntries } from './machine-files.ts';
import type { Entry } from './tar.ts';

const project = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

const users = `root:x:0:0:root:/root:/bin/sh
app:x:1001:1001:app:/home/app:/bin/sh
nobody:x:65534:65534:nobody:/:/bin/false
`;
const groups = `root:x:0:
app:x:1001:
extra:x:3000:app
nogroup:x:65534:
`;

/** PID 1 of a sandbox: waits for what becomes its child, ends when it is told to. */
const pauseScript = `trap 'exit 0' TERM INT
while :; do sleep 2147483647 & wait; done
`;

/** Says what it was started with, its own name first. */
const sayScript = `#!/bin/sh
echo "$0" "$@"
`;

/** Says which signals it gets, and ends with the first. */
const signalScript = `#!/bin/sh
for name in TERM INT HUP USR1 USR2 QUIT; do trap "echo got $name; exit 0" $name; done
echo waiting
while :; do sleep 2147483647 & wait $!; done
`;

/** Debian's static busybox. */
function busyboxFile(): string {
  const file = ['/bin/busybox', '/usr/bin/busybox'].find(existsSync);
  if (file === undefined) throw new Error('busybox is not installed (Debian: apt-get install busybox-static)');
  return file;
}

function busyboxEntries(): Entry[] {
  const file = busyboxFile();
  const applets = spawnSync(file, ['--list'], { encoding: 'utf8' }).stdout.split('\n');
  const links = applets.filter((name) => name !== '' && name !== 'busybox');
  return [
    ...['bin', 'dev', 'etc', 'home', 'proc', 'sys', 'usr', 'usr/bin', 'var'].map((path) => ({ path })),
    { path: 'root', mode: 0o700 },
    { path: 'tmp', mode: 0o1777 },
    { path: 'home/app', uid: 1001, gid: 1001 },
    { path: 'etc/passwd', file: users, mode: 0o644 },
    { path: 'etc/group', file: groups, mode: 0o644 },
    { path: 'bin/busybox', file: { from: file } },
    ...links.map((name) => ({ path: `bin/${name}`, link: 'busybox' })),
  ];
}

/** Node and the coreutils' id, once as it is and once with the setuid bit. */
const programs = (): Entry[] =>
  programEntries([
    { from: process.execPath, path: 'usr/bin/node' },
    { from: '/usr/bin/id', path: 'usr/bin/real-id' },
    { from: '/usr/bin/id', path: 'usr/bin/setuid-id', mode: 0o4755 },
  ]);

const toolScript = `#!/bin/sh
exec /usr/bin/node /opt/coracle/test/support/images/tools/main.ts "$@"
`;

function toolEntries(): Entry[] {
  const files = ['test/support/images/tools', 'hub/base/x509'].flatMap((folder) =>
    readdirSync(join(project, folder)).map((name) => `${folder}/${name}`),
  );
  return [
    ...projectEntries(project, 'opt/coracle', files),
    { path: 'opt/coracle/package.json', file: '{"type":"module"}', mode: 0o644 },
    { path: 'bin/tools', file: toolScript },
  ];
}

const contentEntries: Entry[] = [
  { path: 'dir' },
  { path: 'dir/file', file: 'content of the file\n', mode: 0o644 },
  { path: 'dir/deeper' },
  { path: 'dir/deeper/private', file: 'for one user\n', mode: 0o600, uid: 1000, gid: 1000 },
  { path: 'file', file: 'at the top\n', mode: 0o444 },
];

const serveAll = 'serve --http 8080 --https 8443 --tcp 8081 --udp 8081 --grpc 9000'.split(' ');

/** Everything there is, by name. */
export interface Catalog {
  /** The sandbox's own container. */
  readonly pause: Image;
  /** A shell and its tools; `busybox:2` is the same with another `VERSION`. */
  readonly busybox: Image;
  readonly busybox2: Image;
  /**
   * Node and the commands of tools/main.ts: ENTRYPOINT /bin/tools, CMD serve on 8080 (HTTP), 8443, 8081 (TCP and UDP) and
   * 9000 (gRPC health). `setuid-id -u` says 0 where setuid programs gain privileges. Large: pull it once.
   */
  readonly tools: Image;
  /** A web page on port 8080: what configs/examples/bulletinboard.yaml runs. */
  readonly bulletinboard: Image;
  /** `/bin/say image-entrypoint image-cmd`: says its words. */
  readonly entrypoint: Image;
  /** CMD alone: `/bin/say image-cmd`. */
  readonly cmd: Image;
  /** USER 1000, USER app (1001), USER 1000:3000. */
  readonly userNumber: Image;
  readonly userName: Image;
  readonly userGroup: Image;
  /** WORKDIR /srv/work, which no layer has. */
  readonly workdir: Image;
  /** ENV FROM_IMAGE=image, SHADOWED=image. */
  readonly environment: Image;
  /** STOPSIGNAL SIGUSR1; says the signal it gets. */
  readonly stopSignal: Image;
  /** VOLUME /data. */
  readonly volume: Image;
  /** Files and nothing to run: dir/file, dir/deeper/private (0600, 1000:1000), file. */
  readonly content: Image;
  /** Says neither what to run nor has anything. */
  readonly empty: Image;
  /** An index for amd64 and arm64; `ARCHITECTURE` says which one was taken. */
  readonly multi: Image;
  /** For a machine that does not exist. */
  readonly foreign: Image;
}

/** Builds all of them; what is kept from before is not built again. */
export async function buildCatalog(): Promise<Catalog> {
  const base = await buildLayer(busyboxEntries());
  const scripts = await buildLayer([
    { path: 'bin/say', file: sayScript },
    { path: 'bin/say-signal', file: signalScript },
  ]);
  const machine = await buildLayer(programs());
  const tools = await buildLayer(toolEntries());
  const content = await buildLayer(contentEntries);
  const shell = (name: string, config: ImageConfig = {}, layers: readonly Layer[] = [base, scripts]): Image =>
    createImage({ name, layers, config: { Cmd: ['/bin/sh'], ...config } });
  const forMachine = (machine: string): Image =>
    createImage({
      name: `multi-${machine}:1`,
      layers: [base],
      config: { Cmd: ['/bin/sh'], Env: ['PATH=/bin', `ARCHITECTURE=${machine}`] },
      architecture: machine,
    });
  const path = 'PATH=/usr/bin:/bin';
  return {
    pause: shell('pause:1', { Entrypoint: ['/bin/busybox', 'sh', '-c', pauseScript], Cmd: [] }, [base]),
    busybox: shell('busybox:1', { Env: [path, 'VERSION=1'] }),
    busybox2: shell('busybox:2', { Env: [path, 'VERSION=2'] }),
    tools: shell('tools:1', { Entrypoint: ['/bin/tools'], Cmd: serveAll }, [base, scripts, machine, tools]),
    bulletinboard: shell('bulletinboard:1.0', { Entrypoint: ['/bin/tools', 'serve', '--http', '8080'], Cmd: [] }, [
      base,
      scripts,
      machine,
      tools,
    ]),
    entrypoint: shell('entrypoint:1', { Entrypoint: ['/bin/say', 'image-entrypoint'], Cmd: ['image-cmd'] }),
    cmd: shell('cmd:1', { Cmd: ['/bin/say', 'image-cmd'] }),
    userNumber: shell('user-number:1', { User: '1000' }),
    userName: shell('user-name:1', { User: 'app' }),
    userGroup: shell('user-group:1', { User: '1000:3000' }),
    workdir: shell('workdir:1', { WorkingDir: '/srv/work' }),
    environment: shell('environment:1', { Env: [path, 'FROM_IMAGE=image', 'SHADOWED=image'] }),
    stopSignal: shell('stop-signal:1', { StopSignal: 'SIGUSR1', Cmd: ['/bin/say-signal'] }),
    volume: shell('volume:1', { Volumes: { '/data': {} } }),
    content: createImage({ name: 'content:1', layers: [content] }),
    empty: createImage({ name: 'empty:1', layers: [content], config: { Env: [path] } }),
    multi: createIndex('multi:1', { amd64: forMachine('amd64'), arm64: forMachine('arm64') }),
    foreign: createIndex('foreign:1', { s390x: forMachine('s390x') }),
  };
}

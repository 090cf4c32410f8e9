/** Image registries of a cluster: Debian's docker-registry in the hub's namespace, plain HTTP, one with a password. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Image } from '../images/image.ts';
import { pushImage } from '../images/push.ts';
import { run } from '../coracle.ts';
import { type Daemon, startDaemon } from './daemon.ts';
import type { Place } from './network.ts';

/** A user of a registry. */
export interface Login {
  readonly user: string;
  readonly password: string;
}

/** A registry that runs. */
export interface Registry extends Daemon {
  /** `address:port`, as the first part of a reference. */
  readonly host: string;
  /** Who may pull and push; undefined: anybody. */
  readonly login?: Login;
  /** Puts an image there as `name:tag`, its own name unless told otherwise; answers the whole reference. */
  push(image: Image, as?: string): Promise<string>;
}

async function passwordFile(dir: string, { user, password }: Login): Promise<string> {
  const { code, stdout, stderr } = await run('htpasswd', ['-Bbn', user, password]);
  if (code !== 0) throw new Error(`htpasswd: ${stderr}`);
  const file = join(dir, 'htpasswd');
  writeFileSync(file, stdout);
  return file;
}

/** Starts one in `dir`. */
export async function startRegistry(options: {
  dir: string;
  place: Place;
  port: number;
  login?: Login;
}): Promise<Registry> {
  const { dir, place, port, login } = options;
  mkdirSync(dir, { recursive: true });
  const auth =
    login === undefined ? {} : { auth: { htpasswd: { realm: 'coracle', path: await passwordFile(dir, login) } } };
  const config = join(dir, 'config.yml');
  // JSON is YAML
  writeFileSync(
    config,
    JSON.stringify({
      version: 0.1,
      log: { level: 'warn' },
      storage: { filesystem: { rootdirectory: join(dir, 'storage') }, delete: { enabled: true } },
      http: { addr: `${place.address}:${port}`, secret: 'of no use: one registry, no shared uploads' },
      ...auth,
    }),
  );
  const daemon = await startDaemon({
    name: 'docker-registry',
    within: place.within,
    command: ['docker-registry', 'serve', config],
    env: { OTEL_TRACES_EXPORTER: 'none' },
    log: join(dir, 'log'),
    listens: { host: place.address, port },
  });
  const host = `${place.address}:${port}`;
  return {
    get pid() {
      return daemon.pid;
    },
    start: daemon.start,
    kill: daemon.kill,
    host,
    ...(login === undefined ? {} : { login }),
    async push(image, as = image.name) {
      await pushImage({ host, ...(login === undefined ? {} : { login }), image, as });
      return `${host}/${as}`;
    },
  };
}

/** Which logins a Pod's imagePullSecrets hold for the registry of an image. Pure. */
import type { Secret } from '../../hub/api/config.ts';
import type { RegistryLogin } from '../runtime/image.ts';

/** What was found; `missing` names the secrets that are not there or cannot be read. */
export interface PullLogins {
  /** The most specific first. */
  readonly logins: readonly RegistryLogin[];
  readonly missing: readonly string[];
}

interface Entry {
  /** Host, perhaps with a port and a path; `*` stands for a part of the host. */
  readonly key: string;
  readonly login: RegistryLogin;
}

/** API: kubernetes.io/dockerconfigjson and kubernetes.io/dockercfg, the files of docker's client. */
const files: Readonly<Record<string, string>> = {
  'kubernetes.io/dockerconfigjson': '.dockerconfigjson',
  'kubernetes.io/dockercfg': '.dockercfg',
};

/** The logins for `image`; `secret` finds a Secret of the Pod's namespace. */
export function pullLogins(
  image: string,
  names: readonly string[],
  secret: (name: string) => Secret | undefined,
): PullLogins {
  const missing: string[] = [];
  const entries: Entry[] = [];
  for (const name of names) {
    const found = entriesOf(secret(name));
    if (found === undefined) missing.push(name);
    else entries.push(...found);
  }
  const repository = repositoryOf(image);
  const fitting = entries
    .filter(({ key }) => fits(key, repository))
    .sort((a, b) => (a.key < b.key ? 1 : a.key > b.key ? -1 : 0));
  return { logins: fitting.map(({ login }) => login), missing };
}

/** Undefined: not a Secret of registries. */
function entriesOf(secret: Secret | undefined): Entry[] | undefined {
  const file = files[secret?.type ?? ''];
  const text = file === undefined ? undefined : secret?.data?.[file];
  if (file === undefined || text === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, 'base64').toString('utf8'));
    const auths = file === '.dockercfg' ? parsed : (parsed as { auths?: unknown }).auths;
    if (typeof auths !== 'object' || auths === null) return undefined;
    return Object.entries(auths).map(([location, value]) => ({
      key: keyOf(location),
      login: loginOf(location, value),
    }));
  } catch {
    return undefined;
  }
}

/** A location as it is matched: without scheme, and without the version some clients write behind the host. */
function keyOf(location: string): string {
  const bare = location.replace(/^https?:\/\//, '');
  const slash = bare.indexOf('/');
  if (slash < 0) return bare;
  const path = bare.slice(slash).replace(/^\/v[12]\//, '/');
  return path === '/' ? bare.slice(0, slash) : bare.slice(0, slash) + path;
}

function loginOf(location: string, value: unknown): RegistryLogin {
  const entry = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  const text = (name: string): string | undefined => {
    const found = entry[name];
    return typeof found === 'string' && found !== '' ? found : undefined;
  };
  const auth = text('auth');
  const decoded = auth === undefined ? undefined : Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '');
  const colon = decoded?.indexOf(':') ?? -1;
  const username = colon > 0 ? decoded?.slice(0, colon) : text('username');
  const password = colon > 0 ? decoded?.slice(colon + 1) : text('password');
  const identityToken = text('identitytoken');
  const registryToken = text('registrytoken');
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(identityToken === undefined ? {} : { identityToken }),
    ...(registryToken === undefined ? {} : { registryToken }),
    serverAddress: location,
  };
}

/** The registry docker means when none is named. */
const dockerHost = 'docker.io';
const dockerKeys = new Set([dockerHost, 'index.docker.io', 'registry-1.docker.io']);

/** `registry:port/path` of a reference, without tag and digest. */
function repositoryOf(image: string): string {
  const untagged = image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  const [first = '', ...rest] = untagged.split('/');
  const named = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  if (named) return first === 'index.docker.io' ? `${dockerHost}/${rest.join('/')}` : untagged;
  return `${dockerHost}/${rest.length === 0 ? `library/${untagged}` : untagged}`;
}

/** API: hosts match part by part with `*` as a wildcard, ports exactly, paths by their beginning. */
function fits(key: string, repository: string): boolean {
  const [wanted, target] = [split(key), split(repository)];
  if (dockerKeys.has(wanted.host) && target.host === dockerHost) return target.path.startsWith(wanted.path);
  if (wanted.port !== target.port || !target.path.startsWith(wanted.path)) return false;
  const [parts, targets] = [wanted.host.split('.'), target.host.split('.')];
  return parts.length === targets.length && parts.every((part, index) => partFits(part, targets[index] ?? ''));
}

function split(location: string): { host: string; port: string; path: string } {
  const slash = location.indexOf('/');
  const authority = slash < 0 ? location : location.slice(0, slash);
  const [host = '', port = ''] = authority.split(':');
  return { host, port, path: slash < 0 ? '' : location.slice(slash) };
}

/** `*` stands for any text; looks at each character of the part at most once for each star. */
function partFits(pattern: string, part: string): boolean {
  const [first = '', ...others] = pattern.split('*');
  if (others.length === 0) return pattern === part;
  const last = others.pop() ?? '';
  if (!part.startsWith(first) || !part.slice(first.length).endsWith(last)) return false;
  let at = first.length;
  for (const piece of others) {
    const found = part.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at <= part.length - last.length;
}

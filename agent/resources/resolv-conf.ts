/** The node's own resolver, as resolv.conf(5) writes it. */
import { readText } from './machine.ts';

/** What resolv.conf says. */
export interface Resolver {
  readonly servers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}

/** Parses the file's text; of several `search` lines the last one counts. Pure. */
export function parseResolver(text: string): Resolver {
  const servers: string[] = [];
  let searches: string[] = [];
  const options: string[] = [];
  for (const line of text.split('\n')) {
    const [word, ...rest] = line
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/);
    if (word === 'nameserver' && rest[0] !== undefined) servers.push(rest[0]);
    else if (word === 'search' || word === 'domain') searches = rest;
    else if (word === 'options') options.push(...rest);
  }
  return { servers, searches, options };
}

/** A stub that only this machine can ask, and where systemd-resolved then says who answers. */
const loopback = /^(127\.|::1$)/;
const behindStub = '/run/systemd/resolve/resolv.conf';

/** Reads it anew: networks come and go. Empty where there is none. What lies behind a local stub is told instead of the stub. */
export async function readResolver(file = '/etc/resolv.conf', behind = behindStub): Promise<Resolver> {
  const found = parseResolver((await readText(file)) ?? '');
  if (found.servers.length === 0 || !found.servers.every((server) => loopback.test(server))) return found;
  const real = await readText(behind);
  return real === undefined ? found : parseResolver(real);
}

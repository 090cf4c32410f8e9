/**
 * `resolve NAME [TYPE] [--server ADDRESS] [--tcp]`: asks DNS (A, AAAA, SRV, PTR, TXT, CNAME); without a type it asks as
 * programs do, by the search list of resolv.conf and /etc/hosts. One line of JSON.
 */
import { lookup, Resolver } from 'node:dns/promises';
import { parseArgs } from 'node:util';
import { askOverTcp } from './dns-over-tcp.ts';

/** Prints what was found; fails when there is nothing. */
export async function command(args: string[]): Promise<void> {
  const options = { server: { type: 'string' }, tcp: { type: 'boolean', default: false } } as const;
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options });
  const [name = '', type] = positionals;
  process.stdout.write(`${JSON.stringify(await ask(name, type, values))}\n`);
}

async function ask(name: string, type: string | undefined, how: { server?: string; tcp: boolean }): Promise<unknown> {
  if (type === undefined) return (await lookup(name, { all: true })).map(({ address }) => address);
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  if (how.server !== undefined) resolver.setServers([how.server]);
  return how.tcp ? askOverTcp(name, type, resolver.getServers()[0] ?? '') : resolver.resolve(name, type);
}

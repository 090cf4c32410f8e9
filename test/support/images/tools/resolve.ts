/**
 * `resolve NAME [TYPE] [--server ADDRESS]`: asks DNS (A, AAAA, SRV, PTR, TXT, CNAME); without a type it asks as programs
 * do, by the search list of resolv.conf and /etc/hosts. One line of JSON.
 */
import { lookup, Resolver } from 'node:dns/promises';
import { parseArgs } from 'node:util';

/** Prints what was found; fails when there is nothing. */
export async function command(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { server: { type: 'string' } } });
  const [name = '', type] = positionals;
  process.stdout.write(`${JSON.stringify(await ask(name, type, values.server))}\n`);
}

async function ask(name: string, type: string | undefined, server: string | undefined): Promise<unknown> {
  if (type === undefined) return (await lookup(name, { all: true })).map(({ address }) => address);
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  if (server !== undefined) resolver.setServers([server]);
  return resolver.resolve(name, type);
}

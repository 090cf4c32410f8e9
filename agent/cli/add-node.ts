/** `coracle add-node`: prints the line that joins a node. */
import { randomBytes } from 'node:crypto';
import { type Command, InvalidArgumentError } from 'commander';
import { formatJoinTarget } from '../../hub/api/join.ts';
import { joinTokenHash, joinTokenName, joinTokenNamespace, joinTokenSecret } from '../../hub/api/join-token.ts';
import { readRunFile } from '../../hub/base/daemon.ts';
import type { DataDir } from '../../hub/base/data-dir.ts';
import { chosenDataDir, withDataDir } from './data-dir-option.ts';
import { exitCodes, Failure, notRunning } from './failure.ts';
import { HubClient } from './hub-client.ts';
import { checkFormat, printStructured } from './output-format.ts';
import type { Terminal } from './terminal.ts';

const shortestToken = 32;

interface AddNodeOptions {
  dataDir?: string;
  token?: string;
  tokenTtl: number;
  format: string;
}

/** A token that was made, and every line that joins with it. */
export interface JoinOffer {
  token: string;
  caHash: string;
  /** HOST:PORT/TOKEN/CAHASH, best address first. */
  urls: string[];
}

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < -1 || value === 0)
    throw new InvalidArgumentError('It takes a number of seconds, or -1 for single use.');
  return value;
}

/** Adds the command. */
export function addAddNode(program: Command, terminal: Terminal): void {
  withDataDir(program.command('add-node'))
    .description('make a token and print the line a node joins with')
    .option('-t, --token <token>', 'use this token (at least 32 characters) instead of a random one')
    .option('-l, --token-ttl <seconds>', 'valid so long and for many nodes; -1: for one node only', seconds, -1)
    .option('--format <format>', 'pretty, short, token, json or yaml', 'pretty')
    .addHelpText('after', '\nExamples:\n  coracle add-node\n  coracle add-node --token-ttl 3600 --format short')
    .action(async (options: AddNodeOptions) => {
      checkFormat(options.format, ['pretty', 'short', 'token', 'json', 'yaml']);
      const offer = await offerJoin(chosenDataDir(options), options.tokenTtl, options.token);
      await printOffer(terminal, options, offer);
    });
}

/** Makes a token at the hub; only its hash travels. `ttl` is in seconds, -1 for single use. */
export async function offerJoin(dir: DataDir, ttl: number, chosen?: string): Promise<JoinOffer> {
  const token = chosen ?? randomBytes(16).toString('hex');
  if (!/^[\w.~-]*$/.test(token))
    throw new Failure('the token may hold only letters, digits, ".", "_", "~" and "-"', { exitCode: exitCodes.usage });
  if (token.length < shortestToken) {
    throw new Failure(`the token is ${token.length} characters long, it takes at least ${shortestToken}`, {
      next: 'leave --token away for a random one',
      exitCode: exitCodes.usage,
    });
  }
  const run = readRunFile(dir.hub.run);
  if (run === undefined) throw notRunning(dir.root);
  const client = new HubClient(dir);
  await storeToken(client, token, ttl);
  const info = await client.call<{ data: Record<string, string> }>(
    'GET',
    '/api/v1/namespaces/kube-public/configmaps/coracle-join',
  );
  const caHash = info.data['caHash'] ?? '';
  const hosts = (info.data['hosts'] ?? '').split(',').filter((host) => host !== '');
  const port = Number(info.data['port'] ?? run.ports['join']);
  return { token, caHash, urls: hosts.map((host) => formatJoinTarget({ host, port, token, caHash })) };
}

async function storeToken(client: HubClient, token: string, ttl: number): Promise<void> {
  const hash = joinTokenHash(token);
  const secret = joinTokenSecret(ttl < 0 ? { hash } : { hash, expires: Date.now() + ttl * 1000 });
  const path = `/api/v1/namespaces/${joinTokenNamespace}/secrets`;
  // the same token again is a new offer: what it was used for before does not count
  await client.call('DELETE', `${path}/${joinTokenName(hash)}`).catch(() => {});
  await client.call('POST', path, secret);
}

async function printOffer(terminal: Terminal, options: AddNodeOptions, offer: JoinOffer): Promise<void> {
  const lines = offer.urls.map((url) => `coracle join ${url}`);
  switch (options.format) {
    case 'json':
    case 'yaml':
      return printStructured(terminal, options.format, { token: `${offer.token}/${offer.caHash}`, urls: offer.urls });
    case 'token':
      return terminal.print(offer.token);
    case 'short':
      for (const line of lines) terminal.print(line);
      return;
    default:
      return printPretty(terminal, options.tokenTtl, lines);
  }
}

function printPretty(terminal: Terminal, ttl: number, lines: readonly string[]): void {
  terminal.print('On the machine that is to become a node, run:');
  terminal.print('');
  terminal.print(`  ${lines[0] ?? ''}`);
  terminal.print('');
  if (lines.length > 1) {
    terminal.print('If it cannot reach that address, one of these may do:');
    for (const line of lines.slice(1)) terminal.print(`  ${line}`);
    terminal.print('');
  }
  terminal.print(
    ttl < 0
      ? 'The token is good for one node.'
      : `The token is good for any number of nodes in the next ${ttl} seconds.`,
  );
}

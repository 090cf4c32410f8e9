/**
 * The fuzz run: random requests, then every field of every kind being odd, then a quiet time after which the hub must hold
 * what it held before. Exit code 1 for any answer of 500 and more that Kubernetes would not give, an error in the hub's
 * log, its end, or memory that does not come back.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createCatalogue } from '../../hub/kinds/catalogue.ts';
import { loadSchemas } from '../../hub/kinds/load-schemas.ts';
import { eventually } from '../support/eventually.ts';
import { run, sendAll, type Tally } from '../support/fuzz/campaign.ts';
import { FieldRequests } from '../support/fuzz/field-requests.ts';
import type { Door } from '../support/fuzz/send.ts';
import { clean, everything, metric } from './cleaning.ts';
import type { Held } from './hub-process.ts';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '200000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    quiet: { type: 'string' },
    fields: { type: 'string', default: '8' },
  },
});
const requests = Number(values.requests);
const seed = Number(values.seed);
/** Seconds. History is kept for five minutes and looked through every minute. */
const quiet = Number(values.quiet ?? (requests >= 20_000 ? 440 : 0));
/** How many objects deep every field of every kind is made odd; 0 leaves that out. */
const fields = Number(values.fields);
if (![requests, seed, quiet, fields].every((one) => Number.isSafeInteger(one) && one >= 0)) {
  process.stderr.write('fuzz: --requests, --seed, --quiet (seconds) and --fields (depth) take whole numbers\n');
  process.exit(2);
}

/** Requests before the first look at memory: everything that is loaded on first use is loaded then. */
const warmUp = Math.min(4000, Math.ceil(requests / 5));
const megabyte = 2 ** 20;
/** What may be left after a quiet time, in bytes: compiled code, counters of requests by kind and code. */
const tolerance = 24 * megabyte;

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const dir = mkdtempSync(join(tmpdir(), 'coracle-fuzz-'));
const daemonFlags = JSON.parse(
  readFileSync(new URL('../../agent/daemon-flags.json', import.meta.url), 'utf8'),
) as Record<'hub', string[]>;
/** As a hub is started: its memory is what is looked at. */
const hub = fork(new URL('hub-process.ts', import.meta.url), [dir], {
  stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  execArgv: daemonFlags.hub,
  env: { ...process.env, MALLOC_ARENA_MAX: '1' },
});
let ended = false;
hub.once('exit', () => {
  ended = true;
});
const failures: string[] = [];

async function held(): Promise<Held> {
  hub.send('memory');
  const [answer] = (await once(hub, 'message')) as [Held];
  failures.push(...answer.errors.map((line) => `in the log: ${line}`));
  return answer;
}

function door(ports: Record<string, number>): Door {
  const text = readFileSync(join(dir, 'kubeconfig'), 'utf8');
  const decode = (name: string): string =>
    Buffer.from(new RegExp(`${name}: *([^\\s]+)`).exec(text)?.[1] ?? '', 'base64').toString();
  const agent = new Agent({
    ...{ keepAlive: true, maxSockets: 8, ca: decode('certificate-authority-data') },
    ...{ cert: decode('client-certificate-data'), key: decode('client-key-data') },
  });
  return { port: ports['api'] ?? 0, agent };
}

async function campaign(at: Door, from: number, count: number): Promise<void> {
  const began = performance.now();
  let next = began + 15_000;
  const tally = await run({
    ...{ door: at, seed: from, count, catalogue: createCatalogue(), schemas: loadSchemas() },
    progress(left) {
      if (ended) throw new Error('the hub has ended');
      if (performance.now() < next) return;
      next = performance.now() + 15_000;
      say(`  ${count - left} of ${count}`);
    },
  });
  tell(`seed ${from}`, began, tally);
}

/** Every field of every kind, so many objects deep. */
async function sweep(at: Door, depth: number): Promise<void> {
  const began = performance.now();
  let next = began + 15_000;
  const source = new FieldRequests({ catalogue: createCatalogue(), schemas: loadSchemas(), depth });
  const tally = await sendAll(at, source.groups(), (sent) => {
    if (ended) throw new Error('the hub has ended');
    if (performance.now() < next) return;
    next = performance.now() + 15_000;
    say(`  ${sent}`);
  });
  tell('every field', began, tally);
}

function tell(what: string, began: number, tally: Tally): void {
  const seconds = (performance.now() - began) / 1000;
  const count = Object.values(tally.statuses).reduce((sum, one) => sum + one, 0);
  say(`${what}: ${count} requests in ${seconds.toFixed(0)} s, the longest ${tally.slowest.toFixed(0)} ms`);
  say(`  answers: ${JSON.stringify(tally.statuses)}`);
  say(`  of 500 and more as Kubernetes has it: ${JSON.stringify(tally.byDesign)}`);
  failures.push(...tally.wrong);
}

async function whole(): Promise<void> {
  const [ports] = (await once(hub, 'message')) as [Record<string, number>];
  const at = door(ports);
  const before = new Set((await everything(at)).keys());
  await campaign(at, seed + 1, warmUp);
  if (fields > 0) await sweep(at, 1);
  await clean(at, before);
  const first = await held();
  await campaign(at, seed, requests);
  await clean(at, before);
  if (fields > 0) {
    await sweep(at, fields);
    await clean(at, before);
  }
  at.agent.destroy();
  for (const name of ['apiserver_longrunning_requests', 'apiserver_current_inflight_requests']) {
    const of = async (): Promise<boolean> => {
      const asking = name === 'apiserver_current_inflight_requests' ? 1 : 0;
      return (await metric(at, name)) <= asking;
    };
    await eventually(`${name} to be none`, of, 30_000).catch((error: unknown) => failures.push(String(error)));
  }
  say(`quiet for ${quiet} s`);
  await new Promise((resolve) => setTimeout(resolve, quiet * 1000));
  const last = await held();
  const grown = last.heap + last.external - first.heap - first.external;
  const show = ({ heap, external, resident }: Held): string =>
    [heap, external, resident].map((one) => (one / megabyte).toFixed(0)).join(', ');
  say(`MB of heap, of buffers, resident: ${show(first)} before; ${show(last)} after`);
  if (quiet > 0 && grown > tolerance) failures.push(`memory has grown by ${(grown / megabyte).toFixed(0)} MB`);
  if (({} as { polluted?: unknown }).polluted !== undefined) failures.push('a prototype was changed');
  at.agent.destroy();
}

say(`fuzz: ${requests} requests, seed ${seed}`);
try {
  await Promise.race([whole(), once(hub, 'exit').then(() => Promise.reject(new Error('the hub has ended')))]);
} catch (error) {
  failures.push(String(error));
}
if (!ended) {
  hub.send('stop');
  await once(hub, 'exit');
}
rmSync(dir, { recursive: true, force: true });
for (const failure of failures) say(`\n✖ ${failure}`);
say(failures.length === 0 ? `\n✔ nothing wrong (seed ${seed})` : `\n${failures.length} failures (seed ${seed})`);
process.exit(failures.length === 0 ? 0 : 1);

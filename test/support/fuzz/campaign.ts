/** Many random requests in a few lanes, and everything that was wrong about the answers. */
import type { Catalogue } from '../../../hub/kinds/kind.ts';
import type { Schemas } from '../../../hub/kinds/schema.ts';
import { type AnyRequest, AnyRequests } from './any-request.ts';
import { allowedBy, isWrong } from './oracle.ts';
import { Random } from './random.ts';
import { type Door, type Outcome, send } from './send.ts';

/** What was asked for. */
export interface Campaign {
  readonly door: Door;
  readonly catalogue: Catalogue;
  readonly schemas: Schemas;
  readonly seed: number;
  readonly count: number;
  /** Called after each answer with how many are still to come. */
  readonly progress?: (left: number) => void;
}

/** What came of it. */
export interface Tally {
  /** Requests and their answers, as a person reads them. */
  readonly wrong: readonly string[];
  readonly statuses: Readonly<Record<string, number>>;
  /** Answers of 500 and more that Kubernetes gives too, by the name of the rule. */
  readonly byDesign: Readonly<Record<string, number>>;
  /** The longest answer, in milliseconds. */
  readonly slowest: number;
}

const lanes = 8;
/** After so many wrong answers there is no need for more. */
const enough = 40;

const json = { 'content-type': 'application/json' };
const namespaceFuzz: AnyRequest = {
  method: 'POST',
  path: '/api/v1/namespaces',
  headers: json,
  body: Buffer.from(JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'fuzz' } })),
};

function told(what: AnyRequest, { status, text, milliseconds }: Outcome): string {
  const body = (what.raw?.bytes ?? what.body)?.toString('latin1').slice(0, 3000) ?? '';
  const asked = `${what.method} ${what.path.slice(0, 300)} ${JSON.stringify(what.headers)}`;
  return `${status} after ${Math.round(milliseconds)} ms: ${asked}\n  ${body}\n  ${text.slice(0, 600)}`;
}

const count = (map: Record<string, number>, key: string): void => {
  map[key] = (map[key] ?? 0) + 1;
};

/** Sends groups of requests, each group in order, and tells how many requests have been sent. */
export async function sendAll(
  door: Door,
  groups: Iterator<AnyRequest[]>,
  progress?: (sent: number) => void,
): Promise<Tally> {
  const wrong: string[] = [];
  const statuses: Record<string, number> = {};
  const byDesign: Record<string, number> = {};
  let slowest = 0;
  let sent = 0;
  const one = async (what: AnyRequest): Promise<void> => {
    const outcome = await send(door, what);
    sent += 1;
    count(statuses, String(outcome.status));
    slowest = Math.max(slowest, outcome.milliseconds);
    if (isWrong(outcome)) wrong.push(told(what, outcome));
    else if (outcome.status >= 500) count(byDesign, allowedBy(outcome) ?? '');
    progress?.(sent);
  };
  const lane = async (): Promise<void> => {
    for (let next = groups.next(); next.done !== true && wrong.length < enough; next = groups.next()) {
      for (const what of next.value) await one(what);
    }
  };
  await send(door, namespaceFuzz);
  await Promise.all(Array.from({ length: lanes }, lane));
  return { wrong, statuses, byDesign, slowest };
}

/** Sends random ones. The same seed makes the same requests; which of them meet which state is up to the lanes. */
export function run(campaign: Campaign): Promise<Tally> {
  const requests = new AnyRequests({ ...campaign, random: new Random(campaign.seed) });
  function* groups(): Generator<AnyRequest[]> {
    for (let left = campaign.count - 1; left >= 0; left -= 1) {
      // its namespace is deleted now and then
      yield [left % 200 === 0 ? namespaceFuzz : requests.next()];
    }
  }
  return sendAll(campaign.door, groups(), (sent) => campaign.progress?.(campaign.count - sent));
}

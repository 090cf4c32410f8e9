/** From a client's message to the answer's: the cluster's own names at once, all others by asking upstream. */
import type { Log } from '../../hub/base/log.ts';
import { answer } from './answer.ts';
import type { Forwarder } from './forwarder.ts';
import { rcodes, types } from './wire/codes.ts';
import { forwardedRecords, forwardedReply } from './wire/forwarded.ts';
import type { Labels } from './wire/name.ts';
import { type Query, questionOf, readQuery } from './wire/query.ts';
import type { DnsRecord } from './wire/record.ts';
import { emptyReply, type Reply, refusal, type Transport, unanswerable, writeReply } from './wire/reply.ts';
import type { Names } from './zone.ts';

/** Answers a message; undefined when it must not be answered. Never throws or rejects, whatever the bytes. */
export type Respond = (message: Buffer, transport: Transport) => Buffer | undefined | Promise<Buffer | undefined>;

/** A Service may stand for a name that is a Service again, but not for ever. */
const longestChain = 8;

/** Makes the function that answers. */
export function createResponder(options: {
  names: Names;
  forwarder: Pick<Forwarder, 'known' | 'resolve' | 'cameBack'>;
  log: Log;
}): Respond {
  const { names, forwarder, log } = options;

  return (message, transport) => {
    const query = readQuery(message);
    if (query === undefined) return undefined;
    if ('refused' in query) return refusal(query);
    // one question that meets a fault of ours must not end the agent
    const failed = (error: unknown): Buffer => {
      log.error({ name: query.labels.join('.'), type: query.type, error: String(error) }, 'a DNS question failed');
      return writeReply(query, emptyReply(rcodes.serverFailure), transport);
    };
    try {
      const reply = respond(query, transport);
      return reply instanceof Promise ? reply.catch(failed) : reply;
    } catch (error) {
      return failed(error);
    }
  };

  function respond(query: Query, transport: Transport): Buffer | Promise<Buffer> {
    const refused = unanswerable(query);
    if (refused !== undefined) return writeReply(query, emptyReply(refused), transport);
    const outcome = answer(query, names);
    if (outcome.kind === 'reply') return writeReply(query, inTurn(outcome.reply, query.id), transport);
    if (outcome.kind === 'alias') return follow(query, outcome).then((reply) => writeReply(query, reply, transport));
    if (forwarder.cameBack(query.labels)) return writeReply(query, emptyReply(rcodes.refused), transport);
    const known = forwarder.known(query);
    if (known !== undefined) return forwardedReply(known.forwarded, query, transport, known.ttl);
    return forwarder.resolve(query).then((found) => {
      if (found !== undefined) return forwardedReply(found.forwarded, query, transport, found.ttl);
      return writeReply(query, emptyReply(rcodes.serverFailure), transport);
    });
  }

  async function follow(query: Query, first: { record: DnsRecord; target: Labels }): Promise<Reply> {
    const answers = [first.record];
    let { target } = first;
    for (;;) {
      const next = answer({ labels: target, type: query.type }, names);
      if (next.kind === 'reply') return { ...next.reply, answers: [...answers, ...next.reply.answers] };
      if (next.kind === 'elsewhere') break;
      answers.push(next.record);
      target = next.target;
      if (answers.length > longestChain) return { ...emptyReply(rcodes.serverFailure), answers };
    }
    const found = await forwarder.resolve({ ...query, question: questionOf(target, query.type) });
    if (found === undefined) return { ...emptyReply(rcodes.serverFailure), answers };
    const { forwarded, ttl } = found;
    return { ...emptyReply(forwarded.rcode), answers: [...answers, ...forwardedRecords(forwarded, ttl)] };
  }
}

/** Several addresses begin with another one each time: clients often take the first. */
function inTurn(reply: Reply, turn: number): Reply {
  const { answers } = reply;
  const first = answers[0];
  if (answers.length < 2 || (first?.type !== types.A && first?.type !== types.AAAA)) return reply;
  const at = turn % answers.length;
  return { ...reply, answers: [...answers.slice(at), ...answers.slice(0, at)] };
}

/** Asks webhooks: one JSON document there, one back, over TLS. */
import { request } from 'node:https';
import { isIP } from 'node:net';
import type { WebhookClientConfig } from '../api/webhook.ts';
import { readAnswer } from '../base/read-answer.ts';
import { type ServiceReader, type Target, targetOf, urlOf } from './target.ts';

/** What a caller is made of. */
export interface CallerOptions {
  /** Where Services are looked up, each time anew. */
  readonly reader: () => ServiceReader;
  /** In [0, 1). */
  readonly random: () => number;
}

/** One call. */
export interface WebhookCall {
  readonly config: WebhookClientConfig;
  readonly body: object;
  /** How long it may take, in milliseconds. */
  readonly timeout: number;
}

/** Answers beyond this many bytes are refused. */
const biggestAnswer = 16 * 1024 * 1024;

/** Calls webhooks. Every call is a connection of its own: they are rare, and their certificates change. */
export class WebhookCaller {
  readonly #options: CallerOptions;

  constructor(options: CallerOptions) {
    this.#options = options;
  }

  /** The answer, decoded. Rejects with a sentence that says which URL failed and why. */
  async post({ config, body, timeout }: WebhookCall): Promise<unknown> {
    try {
      const target = targetOf(this.#options.reader(), config, this.#options.random());
      return JSON.parse((await exchange(target, Buffer.from(JSON.stringify(body)), timeout)).toString('utf8'));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`Post ${JSON.stringify(`${urlOf(config)}?timeout=${timeout / 1000}s`)}: ${why}`, {
        cause: error,
      });
    }
  }
}

function exchange(target: Target, body: Buffer, timeout: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: target.host,
        port: target.port,
        path: `${target.path}?timeout=${timeout / 1000}s`,
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          Accept: 'application/json, */*',
          'Content-Length': body.length,
          'User-Agent': 'kube-apiserver-admission',
        },
        agent: false,
        ...(isIP(target.serverName) === 0 ? { servername: target.serverName } : {}),
        ...(target.ca === undefined ? {} : { ca: target.ca }),
        signal: AbortSignal.timeout(timeout),
      },
      (response) => {
        const { statusCode: status = 0 } = response;
        readAnswer(response, biggestAnswer).then((bytes) => {
          if (status >= 200 && status < 300) resolve(bytes);
          else reject(new Error(`the server answered with status ${status}`));
        }, reject);
      },
    );
    asked.on('error', (error) => {
      reject(
        error.name === 'TimeoutError' || error.name === 'AbortError' ? new Error('context deadline exceeded') : error,
      );
    });
    asked.end(body);
  });
}

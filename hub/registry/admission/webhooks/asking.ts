/** Asks one webhook about one request: what mutating and validating ones have in common. */
import type { Authorize } from '../../../api/access.ts';
import { ApiError, badRequest } from '../../../api/errors.ts';
import type { WebhookClientConfig } from '../../../api/webhook.ts';
import type { Conformer } from '../../../kinds/conform.ts';
import type { AdmissionRequest, Registry } from '../../registry.ts';
import type { Reader } from '../forbid.ts';
import { converted, type Converting } from './convert.ts';
import { Equivalents } from './equivalents.ts';
import type { Hook } from './hooks.ts';
import { conditionsHold, rowFor, selectsNamespace, selectsObject } from './matching.ts';
import { answerOf, refusalOf, reviewOf, type ReviewAnswer, type Seen } from './review.ts';

/** Brings a question to a webhook. */
export interface WebhookClient {
  /** The answer, decoded; `timeout` is in milliseconds. Rejects with a sentence that says why there is none. */
  post(call: { config: WebhookClientConfig; body: object; timeout: number }): Promise<unknown>;
}

/** What admission that is configured by objects stands on: webhooks and policies. */
export interface DynamicOptions extends Converting {
  readonly conformer: Conformer;
  /** How many configurations there are. */
  readonly count: Registry['count'];
  /** Whom expressions may ask about accesses. */
  readonly authorize?: Authorize;
}

/** What admission by webhooks stands on. */
export interface WebhookOptions extends DynamicOptions {
  readonly client: WebhookClient;
  readonly newUid: () => string;
}

const defaultSeconds = 10;

/** An Error when a webhook cannot be asked, which its failurePolicy decides about. */
class CallFailure extends Error {}

/** Asks webhooks. */
export class Asking {
  readonly #options: WebhookOptions;
  readonly #reader: Reader;
  readonly #equivalents: Equivalents;

  constructor(options: WebhookOptions, reader: Reader) {
    this.#options = options;
    this.#reader = reader;
    this.#equivalents = new Equivalents(options.catalogue);
  }

  /** True when a rule of a webhook is about such a request. */
  concerns(hook: Hook, request: AdmissionRequest): boolean {
    return rowFor(hook.webhook, request, this.#equivalents) !== undefined;
  }

  /**
   * Asks one webhook, if it is to be asked: its answer, and the objects as it saw them. Undefined when it was not, or
   * could not be and that does not matter. Throws ApiError when it refuses, or could not be asked.
   */
  async ask(
    hook: Hook,
    request: AdmissionRequest,
    mutating: boolean,
  ): Promise<{ answer: ReviewAnswer; seen: Seen } | undefined> {
    const info = rowFor(hook.webhook, request, this.#equivalents);
    if (info === undefined) return undefined;
    if (!selectsNamespace(hook.namespaces, request, this.#reader) || !selectsObject(hook.objects, request)) {
      return undefined;
    }
    const seen: Seen = {
      info,
      object: await converted(this.#options, request.info, info, request.object),
      old: await converted(this.#options, request.info, info, request.old),
    };
    if (!conditionsHold(hook, request, seen, this.#options.authorize)) return undefined;
    const { name, sideEffects, failurePolicy } = hook.webhook;
    if (request.dryRun && sideEffects !== 'None' && sideEffects !== 'NoneOnDryRun') {
      throw badRequest(`admission webhook ${JSON.stringify(name)} does not support dry run`);
    }
    try {
      const answer = await this.#post(hook, request, seen, mutating);
      for (const text of answer.warnings) request.warn(text);
      for (const [key, value] of answer.annotations) request.annotate?.(`${name}/${key}`, value);
      if (!answer.allowed) throw refusalOf(name, answer.result);
      return { answer, seen };
    } catch (error) {
      if (!(error instanceof CallFailure)) throw error;
      if (failurePolicy === 'Ignore') return undefined;
      const why = `failed calling webhook ${JSON.stringify(name)}: ${error.message}`;
      throw new ApiError('InternalError', `Internal error occurred: ${why}`, { cause: error });
    }
  }

  async #post(hook: Hook, request: AdmissionRequest, seen: Seen, mutating: boolean): Promise<ReviewAnswer> {
    const { clientConfig, timeoutSeconds = defaultSeconds } = hook.webhook;
    const uid = this.#options.newUid();
    const body = reviewOf(request, seen, uid);
    const answer = await this.#options.client
      .post({ config: clientConfig, body, timeout: timeoutSeconds * 1000 })
      .catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        throw new CallFailure(`failed to call webhook: ${why}`, { cause: error });
      });
    try {
      return answerOf(answer, uid, mutating);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new CallFailure(`received invalid webhook response: ${why}`, { cause: error });
    }
  }
}

/** MutatingAdmissionWebhook: webhooks change what is written, one after the other, by name. */
import { ApiError } from '../../../api/errors.ts';
import { mutatingWebhookConfigurations } from '../../../api/resource.ts';
import { sameJson } from '../../../api/same-json.ts';
import type { AdmissionRequest } from '../../registry.ts';
import type { Reader } from '../forbid.ts';
import { type MutationStep, type MutationTurn, Round } from '../mutation.ts';
import { Asking, type WebhookOptions } from './asking.ts';
import { converted } from './convert.ts';
import { type Hook, Hooks } from './hooks.ts';
import { isExempt } from './matching.ts';
import { become, kept, patched } from './patching.ts';

/** The step. */
export class MutatingWebhooks implements MutationStep {
  readonly #hooks: Hooks;
  readonly #asking: Asking;
  readonly #options: WebhookOptions;

  constructor(options: WebhookOptions, reader: Reader) {
    this.#options = options;
    this.#hooks = new Hooks(reader, mutatingWebhookConfigurations);
    this.#asking = new Asking(options, reader);
  }

  handles(request: AdmissionRequest): boolean {
    return this.#options.count(mutatingWebhookConfigurations) > 0 && !isExempt(request.info);
  }

  begin(request: AdmissionRequest): MutationTurn | undefined {
    const hooks = this.#hooks.all().filter((hook) => this.#asking.concerns(hook, request));
    if (hooks.length === 0) return undefined;
    const round = new Round<Hook>();
    return {
      first: async () => {
        let isChanged = false;
        for (const hook of hooks) if (await this.#ask(hook, request, round)) isChanged = true;
        return isChanged;
      },
      again: async (changed) => {
        if (changed) round.changed();
        for (const hook of hooks) if (round.isAgain(hook)) await this.#ask(hook, request, round);
      },
    };
  }

  /** Asks one webhook; true when it changed the object. */
  async #ask(hook: Hook, request: AdmissionRequest, round: Round<Hook>): Promise<boolean> {
    const asked = await this.#asking.ask(hook, request, true);
    if (asked === undefined) return false;
    const { answer, seen } = asked;
    let isChanged = false;
    if (answer.patch !== undefined) {
      if (request.object === undefined || seen.object === undefined) throw unsupported(hook);
      const { info, object } = seen;
      const made = patched(this.#options.conformer, { info, subresource: request.subresource, object }, answer.patch);
      isChanged = !sameJson(made, seen.object);
      if (isChanged) {
        become(request.object, kept(request, await converted(this.#options, seen.info, request.info, made)));
        round.changed();
      }
    }
    if (hook.webhook.reinvocationPolicy === 'IfNeeded') round.asked(hook);
    return isChanged;
  }
}

function unsupported({ webhook }: Hook): ApiError {
  const why = 'attempted to modify the object, which is not supported for this operation';
  return new ApiError(
    'InternalError',
    `Internal error occurred: admission webhook ${JSON.stringify(webhook.name)} ${why}`,
  );
}

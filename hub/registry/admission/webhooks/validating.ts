/** ValidatingAdmissionWebhook: webhooks judge what is written, all at once. */
import { validatingWebhookConfigurations } from '../../../api/resource.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../../registry.ts';
import type { Reader } from '../forbid.ts';
import { Asking, type WebhookOptions } from './asking.ts';
import { type Hook, Hooks } from './hooks.ts';
import { isExempt } from './matching.ts';
import { inForm } from './patching.ts';

/** The plugin. */
export class ValidatingWebhooks implements AdmissionPlugin {
  readonly name = 'ValidatingAdmissionWebhook';
  readonly #options: WebhookOptions;
  readonly #hooks: Hooks;
  readonly #asking: Asking;

  constructor(options: WebhookOptions, reader: Reader) {
    this.#options = options;
    this.#hooks = new Hooks(reader, validatingWebhookConfigurations);
    this.#asking = new Asking(options, reader);
  }

  handles(request: AdmissionRequest): boolean {
    return this.#options.count(validatingWebhookConfigurations) > 0 && !isExempt(request.info);
  }

  validate(written: AdmissionRequest): Promise<void> | undefined {
    const request = inForm(written);
    const hooks = this.#hooks.all().filter((hook) => this.#asking.concerns(hook, request));
    return hooks.length === 0 ? undefined : this.#run(request, hooks);
  }

  async #run(request: AdmissionRequest, hooks: readonly Hook[]): Promise<void> {
    const results = await Promise.allSettled(hooks.map((hook) => this.#asking.ask(hook, request, false)));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }
}

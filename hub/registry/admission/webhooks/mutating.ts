/** MutatingAdmissionWebhook: webhooks change what is written, one after the other, by name. */
import { ApiError, badRequest } from '../../../api/errors.ts';
import type { KubeObject } from '../../../api/object.ts';
import { mutatingWebhookConfigurations } from '../../../api/resource.ts';
import { sameJson } from '../../../api/same-json.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../../registry.ts';
import type { Reader } from '../forbid.ts';
import { Asking, type WebhookOptions } from './asking.ts';
import { type Hook, Hooks } from './hooks.ts';
import { isExempt } from './matching.ts';
import { become, inForm, patched } from './patching.ts';

/** Webhooks that were asked and may be asked again, and those that must be. */
interface Round {
  readonly asked: Set<Hook>;
  readonly again: Set<Hook>;
}

/** API: after a change everybody who was asked before and wants to know is asked again, once. */
function repeat({ asked, again }: Round): void {
  for (const hook of asked) again.add(hook);
  asked.clear();
}

/** The plugin. */
export class MutatingWebhooks implements AdmissionPlugin {
  readonly name = 'MutatingAdmissionWebhook';
  readonly #hooks: Hooks;
  readonly #asking: Asking;
  readonly #options: WebhookOptions;
  readonly #others: readonly AdmissionPlugin[];

  /** `others` are the plugins asked before: they see once more what webhooks changed. */
  constructor(options: WebhookOptions, reader: Reader, others: readonly AdmissionPlugin[]) {
    this.#options = options;
    this.#hooks = new Hooks(reader, mutatingWebhookConfigurations);
    this.#asking = new Asking(options, reader);
    this.#others = others;
  }

  handles(request: AdmissionRequest): boolean {
    return this.#options.count(mutatingWebhookConfigurations) > 0 && !isExempt(request.info);
  }

  mutate(written: AdmissionRequest): Promise<void> | undefined {
    const request = inForm(written);
    const hooks = this.#hooks.all().filter((hook) => this.#asking.concerns(hook, request));
    return hooks.length === 0 ? undefined : this.#run(written, request, hooks);
  }

  async #run(written: AdmissionRequest, request: AdmissionRequest, hooks: readonly Hook[]): Promise<void> {
    const round: Round = { asked: new Set(), again: new Set() };
    let isChanged = false;
    for (const hook of hooks) if (await this.#turn(hook, request, round)) isChanged = true;
    if (!isChanged) return;
    if (request === written && (await this.#othersChange(request))) repeat(round);
    for (const hook of hooks) if (round.again.has(hook)) await this.#turn(hook, request, round);
    const { object } = written;
    if (request !== written && object !== undefined && request.object !== undefined) {
      written.options?.form?.put(object, request.object);
    }
  }

  /** Shows the object to the plugins before; true when one of them changed it. */
  async #othersChange(request: AdmissionRequest): Promise<boolean> {
    const before = structuredClone(request.object);
    for (const plugin of this.#others) if (plugin.handles(request)) await plugin.mutate?.(request);
    return !sameJson(before, request.object);
  }

  /** Asks one webhook; true when it changed the object. */
  async #turn(hook: Hook, request: AdmissionRequest, round: Round): Promise<boolean> {
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
        become(request.object, kept(request, await this.#asking.convert(seen.info, request.info, made)));
        repeat(round);
      }
    }
    if (hook.webhook.reinvocationPolicy === 'IfNeeded') round.asked.add(hook);
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

/** Refuses an object that is not the one the request is about any more. */
function kept(request: AdmissionRequest, made: KubeObject): KubeObject {
  const { name, namespace = '' } = made.metadata;
  if (request.operation === 'UPDATE' && name !== request.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${request.name})`);
  }
  if (request.info.namespaced && namespace !== request.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  return made;
}

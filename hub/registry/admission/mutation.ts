/** What mutating policies and webhooks have in common: they see an object in turns, and once more when it changed. */
import { sameJson } from '../../api/same-json.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../registry.ts';
import { inForm } from './webhooks/patching.ts';

/** The turns of one step in one request. */
export interface MutationTurn {
  /** Everybody; true when the object changed. */
  first(): Promise<boolean>;
  /** Those who want to see it once more; `changed`: it is not what the first turn left. */
  again(changed: boolean): Promise<void>;
}

/** One kind of what changes objects: policies, webhooks. */
export interface MutationStep {
  /** False when there is none: asked first, must be cheap. */
  handles(request: AdmissionRequest): boolean;
  /** Undefined when none is about such a request. */
  begin(request: AdmissionRequest): MutationTurn | undefined;
}

/** Who had their turn and may have another one, and who must: what a step remembers between its turns. */
export class Round<T> {
  readonly #asked = new Set<T>();
  readonly #again = new Set<T>();

  /** API: after a change everybody who was asked before and wants to know is asked again, once. */
  changed(): void {
    for (const one of this.#asked) this.#again.add(one);
    this.#asked.clear();
  }

  asked(one: T): void {
    this.#asked.add(one);
  }

  isAgain(one: T): boolean {
    return this.#again.has(one);
  }
}

/** The plugin: MutatingAdmissionPolicy and MutatingAdmissionWebhook. */
export class Mutation implements AdmissionPlugin {
  readonly name = 'Mutation';
  readonly #steps: readonly MutationStep[];
  readonly #others: readonly AdmissionPlugin[];

  /** `others` are the plugins asked before: they see once more what was changed. */
  constructor(steps: readonly MutationStep[], others: readonly AdmissionPlugin[]) {
    this.#steps = steps;
    this.#others = others;
  }

  handles(request: AdmissionRequest): boolean {
    for (const step of this.#steps) if (step.handles(request)) return true;
    return false;
  }

  mutate(written: AdmissionRequest): Promise<void> | undefined {
    const request = inForm(written);
    const turns = this.#steps.flatMap((step) => (step.handles(request) ? (step.begin(request) ?? []) : []));
    return turns.length === 0 ? undefined : this.#run(written, request, turns);
  }

  async #run(written: AdmissionRequest, request: AdmissionRequest, turns: readonly MutationTurn[]): Promise<void> {
    const left: unknown[] = [];
    let isChanged = false;
    for (const turn of turns) {
      if (await turn.first()) isChanged = true;
      left.push(structuredClone(request.object));
    }
    if (!isChanged) return;
    if (request === written) {
      for (const plugin of this.#others) if (plugin.handles(request)) await plugin.mutate?.(request);
    }
    for (const [index, turn] of turns.entries()) await turn.again(!sameJson(left[index], request.object));
    const { object } = written;
    if (request !== written && object !== undefined && request.object !== undefined) {
      written.options?.form?.put(object, request.object);
    }
  }
}

/** Which policies are asked about a request: each with every binding that selects it, and every parameter of that. */
import type { PolicySpec } from '../../../api/admission-policy.ts';
import type { KubeObject } from '../../../api/object.ts';
import type { ResourceInfo } from '../../../kinds/kind.ts';
import type { AdmissionRequest } from '../../registry.ts';
import type { Reader } from '../forbid.ts';
import { Equivalents } from '../webhooks/equivalents.ts';
import { namespaceOf } from '../webhooks/matching.ts';
import { collectParams, paramInfo, type ParamSource } from './params.ts';
import { type Binding, type BoundPolicy, Policies, type PolicySource, type PolicyUse } from './policies.ts';
import type { PolicyOptions } from './policy-options.ts';
import type { Refusal } from './refusals.ts';

/** A policy some rule of which is about a request, and the row it wants to see it in. */
export interface Concerned<Spec extends PolicySpec, Compiled> extends PolicyUse<Spec, Compiled> {
  readonly row: ResourceInfo;
}

/** One policy with one binding and one parameter. */
export interface Invocation<Spec extends PolicySpec, Compiled> {
  readonly policy: BoundPolicy<Spec, Compiled>;
  readonly binding: Binding;
  readonly params: KubeObject | undefined;
  readonly row: ResourceInfo;
}

/** Finds invocations of one kind of policies. */
export class Invocations<Spec extends PolicySpec, Compiled> {
  readonly #source: ParamSource;
  readonly #reader: Reader;
  readonly #policies: Policies<Spec, Compiled>;
  readonly #equivalents: Equivalents;

  constructor(options: PolicyOptions, source: PolicySource<Spec, Compiled>) {
    this.#reader = source.reader;
    this.#source = { ...options, reader: source.reader };
    this.#policies = new Policies(source);
    this.#equivalents = new Equivalents(options.catalogue);
  }

  /** The policies whose rules are about such a request. */
  concerned(request: AdmissionRequest): Concerned<Spec, Compiled>[] {
    return this.#policies.used().flatMap((use) => {
      const row = use.policy.matcher.row(request, this.#equivalents);
      return row === undefined ? [] : [{ ...use, row }];
    });
  }

  /** All of them. What is configured wrongly is added to `refusals` instead, where its policy fails for that. */
  async of(
    request: AdmissionRequest,
    concerned: readonly Concerned<Spec, Compiled>[],
    refusals: Refusal[],
  ): Promise<Invocation<Spec, Compiled>[]> {
    const invocations: Invocation<Spec, Compiled>[] = [];
    for (const one of concerned) {
      try {
        const { paramKind, matcher } = one.policy;
        if (!matcher.selects(request, this.#reader)) continue;
        const info = paramKind === undefined ? undefined : paramInfo(this.#source, paramKind);
        for (const binding of one.bindings) {
          invocations.push(...(await this.#bound(request, one, { binding, info, refusals })));
        }
      } catch (error) {
        misconfigured(one.policy, undefined, error, refusals);
      }
    }
    return invocations;
  }

  async #bound(
    request: AdmissionRequest,
    { policy, row }: Concerned<Spec, Compiled>,
    { binding, info, refusals }: { binding: Binding; info: ResourceInfo | undefined; refusals: Refusal[] },
  ): Promise<Invocation<Spec, Compiled>[]> {
    try {
      if (binding.matcher.row(request, this.#equivalents) === undefined) return [];
      if (!binding.matcher.selects(request, this.#reader)) return [];
      const found = await collectParams(this.#source, info, binding.paramRef, namespaceOf(request));
      return found.map((params) => ({ policy, binding, params, row }));
    } catch (error) {
      misconfigured(policy, binding, error, refusals);
      return [];
    }
  }
}

function misconfigured(
  policy: { readonly name: string; readonly fails: boolean },
  binding: Binding | undefined,
  error: unknown,
  refusals: Refusal[],
): void {
  if (!policy.fails) return;
  const why = error instanceof Error ? error.message : String(error);
  const message = `failed to configure ${binding === undefined ? 'policy' : 'binding'}: ${why}`;
  refusals.push({ policy: policy.name, binding: binding?.name, message, reason: undefined });
}

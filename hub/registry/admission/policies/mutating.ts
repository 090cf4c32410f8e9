/** MutatingAdmissionPolicy: expressions change what is written, one policy after the other, by name. */
import type { MutatingPolicySpec } from '../../../api/admission-policy.ts';
import { ApiError } from '../../../api/errors.ts';
import { mutatingPolicies, mutatingPolicyBindings } from '../../../api/resource.ts';
import { sameJson } from '../../../api/same-json.ts';
import type { AdmissionInput, Mutator } from '../../../kinds/control/policy/evaluation.ts';
import { lazyMutator } from '../../../kinds/control/policy/lazy-policies.ts';
import type { AdmissionRequest } from '../../registry.ts';
import type { Reader } from '../forbid.ts';
import { type MutationStep, type MutationTurn, Round } from '../mutation.ts';
import { converted } from '../webhooks/convert.ts';
import { become, kept } from '../webhooks/patching.ts';
import { policyPatched } from './apply-patch.ts';
import { type Concerned, type Invocation, Invocations } from './invocations.ts';
import { isExemptFromPolicies } from './matcher.ts';
import type { PolicyOptions } from './policy-options.ts';
import { mutatingRefusal, type Refusal } from './refusals.ts';
import { namespaceObject, policyInput, seenIn } from './request-view.ts';

type Invoked = Invocation<MutatingPolicySpec, Mutator>;
type Uses = readonly Concerned<MutatingPolicySpec, Mutator>[];

/** What tells an invocation apart from others of the same request. */
function keyOf({ policy, binding, params }: Invoked): string {
  const { namespace = '', name = '' } = params?.metadata ?? {};
  return [policy.name, binding.name, namespace, name].join('/');
}

/** The step. */
export class MutatingPolicies implements MutationStep {
  readonly #options: PolicyOptions;
  readonly #reader: Reader;
  readonly #invocations: Invocations<MutatingPolicySpec, Mutator>;

  constructor(options: PolicyOptions, reader: Reader) {
    this.#options = options;
    this.#reader = reader;
    this.#invocations = new Invocations(options, {
      reader,
      policies: mutatingPolicies,
      bindings: mutatingPolicyBindings,
      compile: lazyMutator,
    });
  }

  handles(request: AdmissionRequest): boolean {
    return this.#options.count(mutatingPolicyBindings) > 0 && !isExemptFromPolicies(request.info);
  }

  begin(request: AdmissionRequest): MutationTurn | undefined {
    const uses = this.#invocations.concerned(request);
    if (uses.length === 0) return undefined;
    const round = new Round<string>();
    return {
      first: () => this.#run(request, uses, round, () => true),
      again: async (changed) => {
        if (changed) round.changed();
        await this.#run(request, uses, round, (key) => round.isAgain(key));
      },
    };
  }

  /** True when the object changed. Throws ApiError when a policy refuses. */
  async #run(
    request: AdmissionRequest,
    uses: Uses,
    round: Round<string>,
    isDue: (key: string) => boolean,
  ): Promise<boolean> {
    const refusals: Refusal[] = [];
    let isChanged = false;
    for (const invocation of await this.#invocations.of(request, uses, refusals)) {
      const key = keyOf(invocation);
      if (!isDue(key)) continue;
      if (await this.#invoke(request, invocation, refusals)) {
        isChanged = true;
        round.changed();
      }
      if (invocation.policy.spec.reinvocationPolicy === 'IfNeeded') round.asked(key);
    }
    const [first] = refusals;
    if (first !== undefined) throw mutatingRefusal(request, first);
    return isChanged;
  }

  /** Makes the changes of one invocation, each against what the one before left; true when there were some. */
  async #invoke(request: AdmissionRequest, invocation: Invoked, refusals: Refusal[]): Promise<boolean> {
    const { policy, binding } = invocation;
    const mutator = policy.compiled();
    const attempt = async (step: () => Promise<boolean>): Promise<boolean> => {
      try {
        return await step();
      } catch (error) {
        if (error instanceof ApiError) throw error;
        const message = error instanceof Error ? error.message : String(error);
        if (policy.fails) refusals.push({ policy: policy.name, binding: binding.name, message, reason: 'Invalid' });
        return false;
      }
    };
    const matches = await attempt(async () => mutator.matches(await this.#input(request, invocation)));
    if (!matches || request.object === undefined) return false;
    const before = structuredClone(request.object);
    // API: a change that cannot be made does not keep the others from being tried
    for (const patch of mutator.patches) await attempt(() => this.#change(request, invocation, patch));
    return !sameJson(before, request.object);
  }

  async #change(request: AdmissionRequest, invocation: Invoked, patch: Mutator['patches'][number]): Promise<boolean> {
    const { row } = invocation;
    const wanted = patch(await this.#input(request, invocation));
    const object = await converted(this.#options, request.info, row, request.object);
    if (request.object === undefined || object === undefined) return false;
    const form = { info: row, subresource: request.subresource, object };
    const made = policyPatched(this.#options, form, wanted);
    if (made === undefined) return false;
    become(request.object, kept(request, await converted(this.#options, row, request.info, made)));
    return true;
  }

  async #input(request: AdmissionRequest, { params, row }: Invoked): Promise<AdmissionInput> {
    const seen = await seenIn(this.#options, request, row);
    return policyInput(this.#options, request, seen, { params, namespace: namespaceObject(request, this.#reader) });
  }
}

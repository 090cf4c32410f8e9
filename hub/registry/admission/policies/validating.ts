/** ValidatingAdmissionPolicy: expressions judge what is written. */
import type { ValidatingPolicySpec } from '../../../api/admission-policy.ts';
import { validatingPolicies, validatingPolicyBindings } from '../../../api/resource.ts';
import type { Denial, Validator } from '../../../kinds/control/policy/evaluation.ts';
import { lazyValidator } from '../../../kinds/control/policy/lazy-policies.ts';
import type { ResourceInfo } from '../../../kinds/kind.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../../registry.ts';
import type { Reader } from '../forbid.ts';
import { inForm } from '../webhooks/patching.ts';
import type { Seen } from '../webhooks/review.ts';
import { Annotations, failureAnnotation, failureKey } from './annotations.ts';
import { type Concerned, type Invocation, Invocations } from './invocations.ts';
import { isExemptFromPolicies } from './matcher.ts';
import type { PolicyOptions } from './policy-options.ts';
import { type Refusal, validatingRefusal } from './refusals.ts';
import { namespaceObject, policyInput, seenIn } from './request-view.ts';

type Invoked = Invocation<ValidatingPolicySpec, Validator>;

/** The plugin. */
export class ValidatingPolicies implements AdmissionPlugin {
  readonly name = 'ValidatingAdmissionPolicy';
  readonly #options: PolicyOptions;
  readonly #reader: Reader;
  readonly #invocations: Invocations<ValidatingPolicySpec, Validator>;

  constructor(options: PolicyOptions, reader: Reader) {
    this.#options = options;
    this.#reader = reader;
    this.#invocations = new Invocations(options, {
      reader,
      policies: validatingPolicies,
      bindings: validatingPolicyBindings,
      compile: lazyValidator,
    });
  }

  handles(request: AdmissionRequest): boolean {
    return this.#options.count(validatingPolicyBindings) > 0 && !isExemptFromPolicies(request.info);
  }

  validate(written: AdmissionRequest): Promise<void> | undefined {
    const request = inForm(written);
    const concerned = this.#invocations.concerned(request);
    return concerned.length === 0 ? undefined : this.#run(request, concerned);
  }

  async #run(
    request: AdmissionRequest,
    concerned: readonly Concerned<ValidatingPolicySpec, Validator>[],
  ): Promise<void> {
    const refusals: Refusal[] = [];
    const invocations = await this.#invocations.of(request, concerned, refusals);
    const annotations = new Map<string, Annotations>();
    if (invocations.length > 0) await this.#judge(request, invocations, { annotations, refusals });
    for (const one of annotations.values()) one.publish(request);
    const [first] = refusals;
    if (first !== undefined) throw validatingRefusal(request, first);
  }

  async #judge(request: AdmissionRequest, invocations: readonly Invoked[], outcome: Outcome): Promise<void> {
    const namespace = namespaceObject(request, this.#reader);
    const rows = new Map<ResourceInfo, Seen>();
    for (const invocation of invocations) {
      const { row, params } = invocation;
      const seen = rows.get(row) ?? (await seenIn(this.#options, request, row));
      rows.set(row, seen);
      judge(request, invocation, policyInput(this.#options, request, seen, { params, namespace }), outcome);
    }
  }
}

interface Outcome {
  /** By the names of policies. */
  readonly annotations: Map<string, Annotations>;
  readonly refusals: Refusal[];
}

function judge(
  request: AdmissionRequest,
  { policy, binding }: Invoked,
  input: Parameters<Validator['judge']>[0],
  { annotations, refusals }: Outcome,
): void {
  const judgement = policy.compiled().judge(input);
  const refuse = (message: string, reason?: string): void => {
    refusals.push({ policy: policy.name, binding: binding.name, message, reason });
  };
  for (const denial of judgement.denials) {
    for (const action of binding.actions) {
      if (action === 'Deny') refuse(denial.message, denial.reason);
      else tell(request, policy.name, { binding, denial, action });
    }
  }
  const kept = annotations.get(policy.name) ?? new Annotations(policy.name);
  annotations.set(policy.name, kept);
  for (const { key, value } of judgement.annotations) kept.add(key, value);
  for (const message of judgement.annotationFaults) refuse(message);
}

function tell(
  request: AdmissionRequest,
  policy: string,
  { binding, denial, action }: { binding: Invoked['binding']; denial: Denial; action: string },
): void {
  if (action === 'Audit') request.annotate?.(failureKey, failureAnnotation(policy, binding, denial));
  if (action !== 'Warn') return;
  const by = `ValidatingAdmissionPolicy '${policy}' with binding '${binding.name}'`;
  request.warn(`Validation failed for ${by}: ${denial.message}`);
}

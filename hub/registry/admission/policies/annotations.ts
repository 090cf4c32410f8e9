/** What validating policies write into the audit log. */
import type { Denial } from '../../../kinds/control/policy/evaluation.ts';
import type { AdmissionRequest } from '../../registry.ts';
import type { Binding } from './policies.ts';

/** API: under which name failed validations are written down. */
export const failureKey = 'validation.policy.admission.k8s.io/validation_failure';

/** API: in bytes; longer values are cut. */
const longest = 10 * 1024;

/** A failed validation as it is written down. */
export function failureAnnotation(policy: string, binding: Binding, { message, index }: Denial): string {
  const { name, actions } = binding;
  return JSON.stringify([{ message, policy, binding: name, expressionIndex: index, validationActions: actions }]);
}

/** The annotations of one policy for one request: different values under one name stand side by side. */
export class Annotations {
  readonly #policy: string;
  readonly #values = new Map<string, string[]>();

  constructor(policy: string) {
    this.#policy = policy;
  }

  add(key: string, value: string): void {
    const bytes = Buffer.from(value);
    const cut = bytes.length <= longest ? value : bytes.subarray(0, longest).toString();
    const known = this.#values.get(key);
    if (known === undefined) this.#values.set(key, [cut]);
    else if (!known.includes(cut)) known.push(cut);
  }

  publish(request: AdmissionRequest): void {
    for (const [key, values] of this.#values) request.annotate?.(`${this.#policy}/${key}`, values.join(', '));
  }
}

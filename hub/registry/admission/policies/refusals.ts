/** How policies refuse. */
import { ApiError, type Reason, reasonCodes } from '../../../api/errors.ts';
import type { AdmissionRequest } from '../../registry.ts';
import { forbid } from '../forbid.ts';

/** One reason to refuse. */
export interface Refusal {
  readonly policy: string;
  /** Undefined when the policy itself is at fault. */
  readonly binding: string | undefined;
  readonly message: string;
  readonly reason: string | undefined;
}

function refused(request: AdmissionRequest, why: string, message: string, reason: Reason, code?: number): ApiError {
  const { details } = forbid(request, why);
  return new ApiError(reason, message, {
    details: { ...details, causes: [{ message: why }] },
    ...(code === undefined ? {} : { code }),
  });
}

/** API: 403 in its words; reason and code are those the validation chose, and else 422. */
export function validatingRefusal(request: AdmissionRequest, { policy, binding, message, reason }: Refusal): ApiError {
  const by = binding === undefined ? '' : ` with binding '${binding}'`;
  const why = `ValidatingAdmissionPolicy '${policy}'${by} denied request: ${message}`;
  const known = reason !== undefined && Object.hasOwn(reasonCodes, reason) ? (reason as Reason) : 'Invalid';
  return refused(request, why, forbid(request, why).message, known);
}

/** API: always 403, with the words alone; the reason is Invalid when an expression was at fault. */
export function mutatingRefusal(request: AdmissionRequest, { policy, binding, message, reason }: Refusal): ApiError {
  const by =
    binding === undefined ? `policy ${JSON.stringify(policy)}` : `policy '${policy}' with binding '${binding}'`;
  const why = `${by} denied request: ${message}`;
  return refused(request, why, why, reason === 'Invalid' ? 'Invalid' : 'Forbidden', reasonCodes.Forbidden);
}

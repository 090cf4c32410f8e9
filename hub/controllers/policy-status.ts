/** Tells of each ValidatingAdmissionPolicy which of its expressions do not fit the types of what they are about. */
import type { ExpressionWarning, ValidatingPolicy, ValidatingPolicySpec } from '../api/admission-policy.ts';
import { isNotFound } from '../api/errors.ts';
import { validatingPolicies } from '../api/resource.ts';
import type { Part } from '../base/lifecycle.ts';
import { type ControllerContext, writerOf } from './context.ts';
import { allKeys, createController, own, splitKey } from './controller.ts';

/** Checks the types of a policy's expressions. */
export type CheckTypes = (spec: ValidatingPolicySpec) => readonly ExpressionWarning[];

function isSeen({ metadata, status }: ValidatingPolicy): boolean {
  return (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
}

/** Makes the controller. */
export function createPolicyStatusController(context: ControllerContext, check: CheckTypes): Part {
  const { registry } = context;
  const writer = { ...writerOf('validatingadmissionpolicy-status-controller'), subresource: 'status' };
  const told = (policy: ValidatingPolicy): void => {
    if (isSeen(policy)) return;
    const warnings = check(policy.spec ?? {});
    policy.status = {
      ...policy.status,
      observedGeneration: policy.metadata.generation ?? 0,
      typeChecking: warnings.length === 0 ? {} : { expressionWarnings: [...warnings] },
    };
  };
  const reconcile = async (key: string): Promise<undefined> => {
    const { name } = splitKey(key);
    const policy = registry.get(validatingPolicies, '', name)?.object<ValidatingPolicy>();
    if (policy === undefined || isSeen(policy)) return undefined;
    try {
      await registry.modify<ValidatingPolicy>(validatingPolicies, '', name, told, writer);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    return undefined;
  };
  return createController({
    name: 'validatingadmissionpolicy-status',
    context,
    interests: [own(validatingPolicies)],
    initial: () => allKeys(context, validatingPolicies),
    reconcile,
  });
}

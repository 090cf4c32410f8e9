/** Definitions in groups of the Kubernetes community name who approved them. */
import type { CustomResourceDefinition } from '../../../api/custom-resource.ts';
import { type FieldError, invalid, required } from '../../../api/field-error.ts';
import { parseGoUrl, UrlFault } from '../../go-url.ts';

const approvalAnnotation = 'api-approved.kubernetes.io';
const approvalText = 'see https://github.com/kubernetes/enhancements/pull/1111';

type Approval = 'missing' | 'bypassed' | 'approved' | 'invalid';

function approvalOf({ metadata }: CustomResourceDefinition): Approval {
  const value = metadata.annotations?.[approvalAnnotation] ?? '';
  if (value === '') return 'missing';
  if (value.startsWith('unapproved')) return 'bypassed';
  try {
    const { scheme, host } = parseGoUrl(value);
    return scheme !== '' && host !== '' ? 'approved' : 'invalid';
  } catch (error) {
    if (error instanceof UrlFault) return 'invalid';
    throw error;
  }
}

/** What is wrong with the approval of a definition. API: who leaves it as it was is not asked for it. */
export function validateApproval(
  definition: CustomResourceDefinition,
  before: CustomResourceDefinition | undefined,
  errors: FieldError[],
): void {
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(definition.spec.group ?? '')) return;
  const approval = approvalOf(definition);
  if (before !== undefined && approval === approvalOf(before)) return;
  const path = `metadata.annotations[${approvalAnnotation}]`;
  const value = definition.metadata.annotations?.[approvalAnnotation] ?? '';
  const head = `protected groups must have approval annotation ${JSON.stringify(approvalAnnotation)}`;
  if (approval === 'missing') errors.push(required(path, `${head}, ${approvalText}`));
  else if (approval === 'invalid') {
    const why = `${head} with either a URL or a reason starting with "unapproved", ${approvalText}`;
    errors.push(invalid(path, value, why));
  }
}

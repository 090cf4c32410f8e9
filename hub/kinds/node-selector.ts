/** Node selectors, in the affinity of Pods and of volumes: what is wrong with them. */
import { type FieldError, forbiddenField, invalid, required } from '../api/field-error.ts';
import { labelKeyErrors } from '../api/label.ts';
import { isDns1123Subdomain } from '../api/names.ts';
import type { NodeSelector, NodeSelectorRequirement, NodeSelectorTerm } from '../api/scheduling.ts';
import { named } from './field-checks.ts';

function validateRequirement(one: NodeSelectorRequirement, path: string, errors: FieldError[]): void {
  const values = one.values ?? [];
  switch (one.operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) {
        errors.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
      }
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) {
        const why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
        errors.push(forbiddenField(`${path}.values`, why));
      }
      break;
    case 'Gt':
    case 'Lt':
      if (values.length !== 1) {
        errors.push(required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
      }
      break;
    default:
      errors.push(invalid(`${path}.operator`, one.operator ?? '', 'not a valid selector operator'));
  }
  named(labelKeyErrors, one.key ?? '', `${path}.key`, errors);
}

function validateField(one: NodeSelectorRequirement, path: string, errors: FieldError[]): void {
  const values = one.values ?? [];
  if (one.operator !== 'In' && one.operator !== 'NotIn') {
    errors.push(invalid(`${path}.operator`, one.operator ?? '', 'not a valid selector operator'));
  } else if (values.length !== 1) {
    const why = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    errors.push(required(`${path}.values`, why));
  }
  if (one.key !== 'metadata.name') {
    errors.push(invalid(`${path}.key`, one.key ?? '', 'not a valid field selector key'));
  } else {
    values.forEach((value, index) => {
      named(isDns1123Subdomain, value, `${path}.values[${index}]`, errors);
    });
  }
}

/** One term of a node selector at `path`. */
export function validateNodeSelectorTerm(term: NodeSelectorTerm, path: string, errors: FieldError[]): void {
  term.matchExpressions?.forEach((one, index) => {
    validateRequirement(one, `${path}.matchExpressions[${index}]`, errors);
  });
  term.matchFields?.forEach((one, index) => {
    validateField(one, `${path}.matchFields[${index}]`, errors);
  });
}

/** A node selector at `path`. */
export function validateNodeSelector(selector: NodeSelector, path: string, errors: FieldError[]): void {
  const terms = selector.nodeSelectorTerms ?? [];
  if (terms.length === 0) {
    errors.push(required(`${path}.nodeSelectorTerms`, 'must have at least one node selector term'));
  }
  terms.forEach((term, index) => {
    validateNodeSelectorTerm(term, `${path}.nodeSelectorTerms[${index}]`, errors);
  });
}

/** Selectors in access reviews: which objects a list or watch would be about. API: ResourceAttributes.fieldSelector, .labelSelector. */
import { type FieldError, forbiddenField, invalid, required } from '../../api/field-error.ts';
import type { JsonObject } from '../../api/object.ts';
import { objectIn, textIn, textsIn } from './review.ts';

function requirementErrors(requirement: JsonObject, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (textIn(requirement, 'key') === '') errors.push(required(`${path}.key`, 'must be specified'));
  const { length } = textsIn(requirement, 'values');
  const operator = textIn(requirement, 'operator');
  // operators nobody knows yet are let through: they only make an answer more careful
  if ((operator === 'In' || operator === 'NotIn') && length === 0) {
    errors.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
  } else if ((operator === 'Exists' || operator === 'DoesNotExist') && length > 0) {
    const why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
    errors.push(forbiddenField(`${path}.values`, why));
  }
  return errors;
}

/** What is wrong with the selectors of resource attributes. The roles here know no selectors, so they decide nothing. */
export function selectorErrors(attributes: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ['fieldSelector', 'labelSelector']) {
    const selector = objectIn(attributes, field);
    if (selector === undefined) continue;
    const path = `spec.resourceAttributes.${field}`;
    const raw = textIn(selector, 'rawSelector');
    const requirements = Array.isArray(selector['requirements']) ? (selector['requirements'] as JsonObject[]) : [];
    if (raw !== '' && requirements.length > 0)
      errors.push(invalid(`${path}.rawSelector`, raw, 'may not specified at the same time as requirements'));
    if (raw === '' && requirements.length === 0)
      errors.push(
        required(`${path}.requirements`, `when ${path} is specified, requirements or rawSelector is required`),
      );
    requirements.forEach((one, index) => {
      errors.push(...requirementErrors(one, `${path}.requirements[${index}]`));
    });
  }
  return errors;
}

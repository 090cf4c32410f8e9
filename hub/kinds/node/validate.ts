/** What is wrong with a Node. */
import { isIPv4 } from 'node:net';
import { duplicate, type FieldError, forbiddenField, invalid, notSupported, required } from '../../api/field-error.ts';
import { labelKeyErrors, labelValueErrors } from '../../api/label.ts';
import type { Node } from '../../api/node.ts';
import type { Taint } from '../../api/scheduling.ts';
import { named } from '../field-checks.ts';
import { cidr } from '../ip-checks.ts';
import { resourceAmount } from '../resource-names.ts';

/** The effects a taint may have. */
export const taintEffects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

function validateTaints(taints: readonly Taint[], errors: FieldError[]): void {
  const seen = new Set<string>();
  taints.forEach((taint, index) => {
    const path = `metadata.taints[${index}]`;
    named(labelKeyErrors, taint.key ?? '', `${path}.key`, errors);
    const problems = labelValueErrors(taint.value ?? '');
    if (problems.length > 0) errors.push(invalid(`${path}.value`, taint.value, problems.join(';')));
    if (!taint.effect) errors.push(required(`${path}.effect`));
    else if (!taintEffects.includes(taint.effect)) {
      errors.push(notSupported(`${path}.effect`, taint.effect, taintEffects));
    }
    const pair = `${taint.key} ${taint.effect}`;
    if (seen.has(pair)) {
      const message = `Duplicate value: ${JSON.stringify(taint)}: taints must be unique by key and effect pair`;
      errors.push({ type: 'FieldValueDuplicate', field: path, message });
    }
    seen.add(pair);
  });
}

function validateCidrs(cidrs: readonly string[], errors: FieldError[]): void {
  cidrs.forEach((range, index) => {
    cidr(range, `spec.podCIDRs[${index}]`, errors);
  });
  const four = (range: string): boolean => isIPv4(range.split('/')[0] ?? '');
  const [first, second] = cidrs;
  if (cidrs.length > 2 || (first !== undefined && second !== undefined && four(first) === four(second))) {
    errors.push(invalid('spec.podCIDRs', cidrs, 'may specify no more than one CIDR for each IP family'));
  }
  cidrs.forEach((range, index) => {
    if (cidrs.indexOf(range) !== index) errors.push(duplicate(`spec.podCIDRs[${index}]`, range));
  });
}

function validateAmounts(node: Node, errors: FieldError[]): void {
  for (const field of ['capacity', 'allocatable'] as const) {
    for (const [name, amount] of Object.entries(node.status?.[field] ?? {})) {
      resourceAmount(name, amount, `status.${field}.${name}`, errors);
    }
  }
}

/** What is wrong with a new Node. */
export function validateNode(node: Node): FieldError[] {
  const errors: FieldError[] = [];
  if (node.spec?.taints) validateTaints(node.spec.taints, errors);
  validateAmounts(node, errors);
  if (node.spec?.podCIDRs?.length) validateCidrs(node.spec.podCIDRs, errors);
  return errors;
}

/** What is wrong with a changed Node. API: it is checked as a new one, and then against what it was. */
export function validateNodeUpdate(node: Node, old: Node): FieldError[] {
  return [...validateNode(node), ...validateNodeChange(node, old)];
}

/** What is wrong with a changed Node, also of a change of its status. API: its CIDRs and provider, once known, stay. */
export function validateNodeChange(node: Node, old: Node): FieldError[] {
  const errors: FieldError[] = [];
  validateAmounts(node, errors);
  const addresses = new Set<string>();
  node.status?.addresses?.forEach((address, index) => {
    const key = `${address.type} ${address.address}`;
    if (addresses.has(key)) errors.push(duplicate(`status.addresses[${index}]`, address));
    addresses.add(key);
  });
  const cidrs = old.spec?.podCIDRs ?? [];
  if (cidrs.length > 0 && JSON.stringify(node.spec?.podCIDRs ?? []) !== JSON.stringify(cidrs)) {
    errors.push(forbiddenField('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'));
  }
  if (old.spec?.providerID && node.spec?.providerID !== old.spec.providerID) {
    errors.push(forbiddenField('spec.providerID', 'node updates may not change providerID except from "" to valid'));
  }
  if (node.spec?.taints) validateTaints(node.spec.taints, errors);
  if ((node.spec?.externalID ?? '') !== (old.spec?.externalID ?? '')) {
    errors.push(forbiddenField('spec.externalID', 'may not be updated'));
  }
  return errors;
}

/** Fills in and checks the address families of a Service, in a cluster of one family (IPv4). */
import { type FieldError, invalid } from '../../api/field-error.ts';
import { isHeadless, type Service } from '../../api/service.ts';

/** True for Services that have a cluster address, given or to be drawn. */
export function needsAddress(service: Service): boolean {
  return service.spec.type !== 'ExternalName' && !isHeadless(service);
}

/** API: ipFamilies and ipFamilyPolicy of every Service but ExternalName. Answers what is wrong. */
export function fillFamilies(service: Service, isNew: boolean): FieldError[] {
  const { spec } = service;
  if (spec.type === 'ExternalName') return [];
  const errors: FieldError[] = [];
  const headless = isHeadless(service);
  const anyFamily = headless && Object.keys(spec.selector ?? {}).length === 0;
  const unset = spec.ipFamilyPolicy === undefined && (spec.ipFamilies ?? []).length === 0;
  if (anyFamily && unset) {
    // API: without selector nobody but the user knows the endpoints, so both families are allowed.
    spec.ipFamilies = ['IPv4', 'IPv6'];
    spec.ipFamilyPolicy = 'RequireDualStack';
    return errors;
  }
  if (!anyFamily) {
    if (spec.ipFamilyPolicy === 'RequireDualStack' && isNew) {
      const why = 'this cluster is not configured for dual-stack services';
      errors.push(invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy, why));
    }
    for (const [at, family] of (spec.ipFamilies ?? []).entries()) {
      if (family !== 'IPv4') errors.push(invalid(`spec.ipFamilies[${at}]`, family, 'not configured on this cluster'));
    }
  }
  spec.ipFamilyPolicy ??= 'SingleStack';
  if ((spec.ipFamilies ?? []).length === 0) spec.ipFamilies = ['IPv4'];
  return errors;
}

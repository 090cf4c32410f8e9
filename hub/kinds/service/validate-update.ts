/** What may change in a Service: its cluster addresses stay until it becomes an ExternalName. */
import { type FieldError, invalid } from '../../api/field-error.ts';
import type { Service } from '../../api/service.ts';
import { frozen, sameValue } from '../field-checks.ts';
import { needsHealthCheck, validateService } from './validate.ts';

/** API: primary and secondary addresses, once set, stay; a second one may come. */
function validateAddresses(service: Service, old: Service, errors: FieldError[]): void {
  const ips = service.spec.clusterIPs ?? [];
  const before = old.spec.clusterIPs ?? [];
  if (service.spec.type === 'ExternalName' || old.spec.type === 'ExternalName') return;
  const fromHeadless = old.spec.clusterIP === 'None';
  if (before.length > 0 && (ips[0] ?? '') !== before[0]) {
    if (ips.length === 0) errors.push(invalid('spec.clusterIPs[0]', ips, 'primary clusterIP can not be unset'));
    else errors.push(invalid('spec.clusterIPs[0]', ips, 'may not change once set'));
  }
  if (fromHeadless || before.length < 2 || ips.length < 2) return;
  if (ips[1] !== before[1]) errors.push(invalid('spec.clusterIPs[1]', ips, 'may not change once set'));
}

function validateFamilies(service: Service, old: Service, errors: FieldError[]): void {
  if (service.spec.type === 'ExternalName' || old.spec.type === 'ExternalName') return;
  const family = service.spec.ipFamilies?.[0];
  const before = old.spec.ipFamilies?.[0];
  if (before !== undefined && family !== undefined && family !== before && old.spec.clusterIP === 'None') {
    errors.push(invalid('spec.ipFamilies[0]', service.spec.ipFamilies, 'primary ipFamily can not be changed'));
  }
}

/** What is wrong with a changed Service. */
export function validateServiceUpdate(service: Service, old: Service): FieldError[] {
  const errors: FieldError[] = [];
  validateAddresses(service, old, errors);
  validateFamilies(service, old, errors);
  if (service.spec.type === 'LoadBalancer' && old.spec.type === 'LoadBalancer') {
    if (!sameValue(service.spec.loadBalancerClass, old.spec.loadBalancerClass)) {
      const why = 'may not change once set';
      errors.push(invalid('spec.loadBalancerClass', service.spec.loadBalancerClass, why));
    }
  }
  if (needsHealthCheck(old.spec) && needsHealthCheck(service.spec)) {
    const why = 'field is immutable';
    frozen(service.spec.healthCheckNodePort, old.spec.healthCheckNodePort, 'spec.healthCheckNodePort', why, errors);
  }
  errors.push(...validateService(service, old.spec));
  return errors;
}

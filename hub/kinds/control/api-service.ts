/** The APIService: which server answers a group and version. */
import type { APIService } from '../../api/api-service.ts';
import { type FieldError, invalid, required } from '../../api/field-error.ts';
import { isDns1035Label, isDns1123Subdomain, isPathSegment } from '../../api/names.ts';
import type { TableCell } from '../../api/table.ts';
import { ageCell, columnsOf, nameCell } from '../columns.ts';
import { named, oneOf } from '../field-checks.ts';
import type { Strategy } from '../kind.ts';
import { plainStrategy } from '../plain-strategy.ts';

const httpsPort = 443;
const groupPriorityLimit = 20_000;
const versionPriorityLimit = 1_000;

function setDefaults(service: APIService): void {
  service.spec ??= { groupPriorityMinimum: 0, versionPriority: 0 };
  if (service.spec.service !== undefined) service.spec.service.port ??= httpsPort;
}

/** API: what the hub itself serves is always available. */
function prepareCreate(service: APIService): void {
  if (service.spec?.service !== undefined) return;
  const condition = {
    type: 'Available',
    status: 'True',
    reason: 'Local',
    message: 'Local APIServices are always available',
    lastTransitionTime: service.metadata.creationTimestamp ?? '1970-01-01T00:00:00Z',
  };
  service.status = { conditions: [condition] };
}

function validate(service: APIService): FieldError[] {
  const errors: FieldError[] = [];
  const { group = '', version = '' } = service.spec ?? {};
  const name = `${version}.${group}`;
  if (service.metadata.name !== name) {
    const why = `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(name)}`;
    errors.push(invalid('metadata.name', service.metadata.name ?? '', why));
  }
  const spec = service.spec ?? { groupPriorityMinimum: 0, versionPriority: 0 };
  if (group === '' && version !== 'v1') {
    errors.push(required('spec.group', 'only v1 may have an empty group and it better be legacy kube'));
  }
  if (group !== '') named(isDns1123Subdomain, group, 'spec.group', errors);
  named(isDns1035Label, version, 'spec.version', errors);
  const minimum = spec.groupPriorityMinimum ?? 0;
  if (minimum <= 0 || minimum > groupPriorityLimit) {
    const why = `must be positive and less than ${groupPriorityLimit}`;
    errors.push(invalid('spec.groupPriorityMinimum', minimum, why));
  }
  const priority = spec.versionPriority ?? 0;
  if (priority <= 0 || priority > versionPriorityLimit) {
    errors.push(invalid('spec.versionPriority', priority, `must be positive and less than ${versionPriorityLimit}`));
  }
  validateTarget(spec, errors);
  return errors;
}

function validateTarget(spec: NonNullable<APIService['spec']>, errors: FieldError[]): void {
  if (spec.service === undefined) {
    if (spec.caBundle) {
      const size = `${Buffer.from(spec.caBundle, 'base64').length} bytes`;
      errors.push(invalid('spec.caBundle', size, 'local APIServices may not have a caBundle'));
    }
    if (spec.insecureSkipTLSVerify) {
      errors.push(invalid('spec.insecureSkipTLSVerify', true, 'local APIServices may not have insecureSkipTLSVerify'));
    }
    return;
  }
  const { name, namespace, port } = spec.service;
  if (!namespace) errors.push(required('spec.service.namespace'));
  if (!name) errors.push(required('spec.service.name'));
  if (port !== undefined && (port < 1 || port > 65_535)) {
    errors.push(invalid('spec.service.port', port, 'port is not valid: must be between 1 and 65535, inclusive'));
  }
  if (spec.insecureSkipTLSVerify && spec.caBundle) {
    errors.push(invalid('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present'));
  }
}

function validateStatusUpdate({ status }: APIService): FieldError[] {
  const errors: FieldError[] = [];
  status?.conditions?.forEach((condition, index) => {
    oneOf(condition.status, ['True', 'False', 'Unknown'], `status.conditions[${index}].status`, errors);
  });
  return errors;
}

function availableCell(service: APIService): string {
  const condition = service.status?.conditions?.find((one) => one.type === 'Available');
  if (condition === undefined) return 'Unknown';
  return condition.status === 'True' ? 'True' : `${condition.status} (${condition.reason ?? ''})`;
}

function cells(service: APIService, now: number): TableCell[] {
  const target = service.spec?.service;
  return [
    nameCell(service),
    target === undefined ? 'Local' : `${target.namespace ?? ''}/${target.name ?? ''}`,
    availableCell(service),
    ageCell(service, now),
  ];
}

/** The strategy of APIServices. */
export const apiServiceStrategy: Strategy = plainStrategy<APIService>({
  hasStatus: true,
  unconditionalUpdate: false,
  newStatus: () => ({}),
  setDefaults,
  prepareCreate,
  validateName: isPathSegment,
  validateCreate: validate,
  validateStatusUpdate,
  columns: columnsOf('apiService'),
  cells,
});

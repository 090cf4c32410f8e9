/** The PriorityLevelConfiguration: how many requests of one importance run at once. */
import { type FieldError, forbiddenField, invalid, required } from '../../api/field-error.ts';
import type { LimitResponse, PriorityLevelConfiguration, QueuingConfiguration } from '../../api/flow-control.ts';
import type { TableCell } from '../../api/table.ts';
import { ageCell, columnsOf, nameCell, none } from '../columns.ts';
import { oneOf } from '../field-checks.ts';
import type { Strategy } from '../kind.ts';
import { keepMetadata, plainStrategy } from '../plain-strategy.ts';

const shares = 30;
const queuing = { queues: 64, handSize: 8, queueLengthLimit: 50 };
const queueLimit = 10_000_000;

function setDefaults(level: PriorityLevelConfiguration): void {
  level.spec ??= { type: '' };
  const { limited, exempt, type } = level.spec;
  if (type === 'Exempt') {
    level.spec.exempt = { nominalConcurrencyShares: 0, lendablePercent: 0, ...exempt };
  }
  if (limited === undefined) return;
  limited.nominalConcurrencyShares ??= shares;
  limited.lendablePercent ??= 0;
  if (limited.limitResponse?.queuing !== undefined) defaultQueuing(limited.limitResponse.queuing);
}

function defaultQueuing(config: QueuingConfiguration): void {
  for (const field of ['queues', 'handSize', 'queueLengthLimit'] as const) {
    if (!config[field]) config[field] = queuing[field];
  }
}

function validateQueuing(config: QueuingConfiguration, path: string, errors: FieldError[]): void {
  const { queues = 0, handSize = 0, queueLengthLimit = 0 } = config;
  if (queueLengthLimit <= 0) errors.push(invalid(`${path}.queueLengthLimit`, queueLengthLimit, 'must be positive'));
  if (queues <= 0) errors.push(invalid(`${path}.queues`, queues, 'must be positive'));
  else if (queues > queueLimit) {
    errors.push(invalid(`${path}.queues`, queues, `must not be greater than ${queueLimit}`));
  }
  if (handSize <= 0) errors.push(invalid(`${path}.handSize`, handSize, 'must be positive'));
  else if (handSize > queues) {
    errors.push(invalid(`${path}.handSize`, handSize, `should not be greater than queues (${queues})`));
  }
}

function validateResponse(response: LimitResponse | undefined, errors: FieldError[]): void {
  const path = 'spec.limited.limitResponse';
  if (response?.type === 'Reject') {
    if (response.queuing !== undefined) {
      errors.push(forbiddenField(`${path}.queuing`, 'must be nil if limited.limitResponse.type is not Limited'));
    }
  } else if (response?.type === 'Queue') {
    if (response.queuing === undefined) {
      errors.push(required(`${path}.queuing`, 'must not be empty if limited.limitResponse.type is Limited'));
    } else validateQueuing(response.queuing, `${path}.queuing`, errors);
  } else oneOf(response?.type, ['Queue', 'Reject'], `${path}.type`, errors);
}

function validate(level: PriorityLevelConfiguration): FieldError[] {
  const errors: FieldError[] = [];
  const spec = level.spec ?? { type: '' };
  if ((level.metadata.name === 'exempt') !== (spec.type === 'Exempt')) {
    const why = "type must be 'Exempt' if and only if name is 'exempt'";
    if (spec.type === 'Exempt' || level.metadata.name === 'exempt') errors.push(invalid('spec.type', spec.type, why));
  }
  if (spec.type === 'Exempt') {
    if (spec.limited !== undefined)
      errors.push(forbiddenField('spec.limited', 'must be nil if the type is not Limited'));
  } else if (spec.type === 'Limited') {
    if (spec.limited === undefined) {
      errors.push(required('spec.limited', 'must not be empty when type is Limited'));
    } else {
      const nominal = spec.limited.nominalConcurrencyShares ?? 0;
      if (nominal < 0) {
        const why = 'must be a non-negative integer';
        errors.push(invalid('spec.limited.nominalConcurrencyShares', nominal, why));
      }
      validateResponse(spec.limited.limitResponse, errors);
    }
  } else oneOf(spec.type, ['Exempt', 'Limited'], 'spec.type', errors);
  return errors;
}

function cells(level: PriorityLevelConfiguration, now: number): TableCell[] {
  const { spec } = level;
  const queues = spec?.limited?.limitResponse?.queuing;
  return [
    nameCell(level),
    spec?.type ?? '',
    spec?.limited?.nominalConcurrencyShares ?? spec?.exempt?.nominalConcurrencyShares ?? none,
    queues?.queues ?? none,
    queues?.handSize ?? none,
    queues?.queueLengthLimit ?? none,
    ageCell(level, now),
  ];
}

/** The strategy of PriorityLevelConfigurations. */
export const priorityLevelStrategy: Strategy = plainStrategy<PriorityLevelConfiguration>({
  hasGeneration: true,
  hasStatus: true,
  unconditionalUpdate: false,
  newStatus: () => ({}),
  setDefaults,
  prepareStatusUpdate: keepMetadata,
  validateCreate: validate,
  columns: columnsOf('priorityLevel'),
  cells,
});

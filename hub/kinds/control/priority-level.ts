/** The PriorityLevelConfiguration: how many requests of one importance run at once. */
import { type FieldError, forbiddenField, invalid, required } from '../../api/field-error.ts';
import type {
  LimitResponse,
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
} from '../../api/flow-control.ts';
import { bootstrapLevels } from '../../api/flow-control-bootstrap.ts';
import { sameJson } from '../../api/same-json.ts';
import type { TableCell } from '../../api/table.ts';
import { ageCell, columnsOf, nameCell, none } from '../columns.ts';
import { oneOf } from '../field-checks.ts';
import type { Strategy } from '../kind.ts';
import { validateFlowConditions } from './flow-schema.ts';
import { keepMetadata, plainStrategy } from '../plain-strategy.ts';

const shares = 30;
const queuing = { queues: 64, handSize: 8, queueLengthLimit: 50 };
const queueLimit = 10_000_000;
/** API: bits of a hash that a hand of queues is dealt by. */
const mostEntropy = 60;

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
  } else if (Math.ceil(Math.log2(queues) * handSize) > mostEntropy) {
    const why = `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${mostEntropy}`;
    errors.push(invalid(`${path}.handSize`, handSize, why));
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

function validatePercent(percent: number | undefined, path: string, errors: FieldError[]): void {
  if (percent !== undefined && (percent < 0 || percent > 100)) {
    errors.push(invalid(path, percent, 'must be between 0 and 100, inclusive'));
  }
}

function validateExempt({ limited, exempt }: PriorityLevelConfigurationSpec, errors: FieldError[]): void {
  if (limited !== undefined) errors.push(forbiddenField('spec.limited', 'must be nil if the type is not Limited'));
  const nominal = exempt?.nominalConcurrencyShares ?? 0;
  if (nominal < 0) {
    errors.push(invalid('spec.exempt.nominalConcurrencyShares', nominal, 'must be a non-negative integer'));
  }
  validatePercent(exempt?.lendablePercent, 'spec.exempt.lendablePercent', errors);
}

function validateLimited(limited: PriorityLevelConfigurationSpec['limited'], errors: FieldError[]): void {
  if (limited === undefined) {
    errors.push(required('spec.limited', 'must not be empty when type is Limited'));
    return;
  }
  const path = 'spec.limited';
  const { nominalConcurrencyShares = 0, borrowingLimitPercent: borrowing } = limited;
  if (nominalConcurrencyShares < 0) {
    errors.push(
      invalid(`${path}.nominalConcurrencyShares`, nominalConcurrencyShares, 'must be a non-negative integer'),
    );
  }
  validatePercent(limited.lendablePercent, `${path}.lendablePercent`, errors);
  if (borrowing !== undefined && borrowing < 0) {
    errors.push(invalid(`${path}.borrowingLimitPercent`, borrowing, 'if specified, must be a non-negative integer'));
  }
  validateResponse(limited.limitResponse, errors);
}

function validate(level: PriorityLevelConfiguration): FieldError[] {
  const errors: FieldError[] = [];
  const spec = level.spec ?? { type: '' };
  if ((level.metadata.name === 'exempt') !== (spec.type === 'Exempt')) {
    const why = "type must be 'Exempt' if and only if name is 'exempt'";
    errors.push(invalid('spec.type', spec.type, why));
  }
  if (spec.type === 'Exempt') validateExempt(spec, errors);
  else if (spec.type === 'Limited') validateLimited(spec.limited, errors);
  else oneOf(spec.type, ['Exempt', 'Limited'], 'spec.type', errors);
  if (level.metadata.name === 'catch-all' && !sameJson(spec, catchAll)) {
    errors.push(invalid('spec', spec, "spec of 'catch-all' must equal the fixed value"));
  }
  return errors;
}

const catchAll = bootstrapLevels.find(({ metadata }) => metadata.name === 'catch-all')?.spec;

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
  validateStatusUpdate: ({ status }) => validateFlowConditions(status?.conditions),
  columns: columnsOf('priorityLevel'),
  cells,
});

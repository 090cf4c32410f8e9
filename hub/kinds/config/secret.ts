/** The Secret: what Pods and users keep to themselves. */
import type { Secret } from '../../api/config.ts';
import type { TableCell } from '../../api/table.ts';
import { ageCell, columnsOf, nameCell } from '../columns.ts';
import type { Strategy } from '../kind.ts';
import { plainStrategy } from '../plain-strategy.ts';
import { validateSecret, validateSecretUpdate } from './validate-secret.ts';

/** API: stringData is written only, and lies over data. */
function setDefaults(secret: Secret): void {
  if (!secret.type) secret.type = 'Opaque';
  const { stringData } = secret;
  if (stringData === undefined) return;
  delete secret.stringData;
  if (stringData === null || Object.keys(stringData).length === 0) return;
  secret.data ??= {};
  for (const key in stringData) secret.data[key] = Buffer.from(stringData[key] ?? '', 'utf8').toString('base64');
}

function cells(secret: Secret, now: number): TableCell[] {
  return [nameCell(secret), secret.type ?? '', Object.keys(secret.data ?? {}).length, ageCell(secret, now)];
}

/** The strategy of Secrets. */
export const secretStrategy: Strategy = plainStrategy<Secret>({
  setDefaults,
  validateCreate: validateSecret,
  validateUpdate: validateSecretUpdate,
  selectable: ['type'],
  selectableFields: (secret) => ({ type: secret.type ?? '' }),
  columns: columnsOf('secret'),
  cells,
});

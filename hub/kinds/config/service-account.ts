/** The ServiceAccount: who a Pod is towards the API. */
import type { ServiceAccount } from '../../api/config.ts';
import { ageCell, columnsOf, nameCell } from '../columns.ts';
import type { Strategy } from '../kind.ts';
import { plainStrategy } from '../plain-strategy.ts';

const enforceAnnotation = 'kubernetes.io/enforce-mountable-secrets';

function warnings(account: ServiceAccount, old: ServiceAccount | undefined): string[] {
  const value = account.metadata.annotations?.[enforceAnnotation];
  if (value === undefined || value === old?.metadata.annotations?.[enforceAnnotation]) return [];
  return [
    `metadata.annotations[${enforceAnnotation}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`,
  ];
}

/** The strategy of ServiceAccounts. */
export const serviceAccountStrategy: Strategy = plainStrategy<ServiceAccount>({
  warnings,
  columns: columnsOf('serviceAccount'),
  cells: (account, now) => [nameCell(account), ageCell(account, now)],
});

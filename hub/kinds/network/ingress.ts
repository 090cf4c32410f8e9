/** The Ingress and its class: how requests from outside reach Services. */
import type { Ingress, IngressClass } from '../../api/networking.ts';
import type { TableCell } from '../../api/table.ts';
import { ageCell, columnsOf, nameCell, none, someOf } from '../columns.ts';
import type { Strategy } from '../kind.ts';
import { plainStrategy } from '../plain-strategy.ts';
import {
  validateIngress,
  validateIngressClass,
  validateIngressClassUpdate,
  validateIngressStatus,
  validateNewIngress,
} from './validate-ingress.ts';

const shownHosts = 3;

function hostsCell(ingress: Ingress): string {
  const rules = ingress.spec?.rules ?? [];
  const hosts = rules.slice(0, shownHosts).flatMap((rule) => (rule.host ? [rule.host] : []));
  return hosts.length === 0 ? '*' : someOf(hosts, rules.length, shownHosts);
}

function addressCell(ingress: Ingress): string {
  const addresses = (ingress.status?.loadBalancer?.ingress ?? []).map((one) => one.ip || one.hostname || '');
  return [...new Set(addresses.filter((one) => one !== ''))].sort().join(',');
}

function cells(ingress: Ingress, now: number): TableCell[] {
  return [
    nameCell(ingress),
    ingress.spec?.ingressClassName ?? none,
    hostsCell(ingress),
    addressCell(ingress),
    ingress.spec?.tls?.length ? '80, 443' : '80',
    ageCell(ingress, now),
  ];
}

/** The strategy of Ingresses. */
export const ingressStrategy: Strategy = plainStrategy<Ingress>({
  hasGeneration: true,
  hasStatus: true,
  newStatus: () => ({ loadBalancer: {} }),
  setDefaults: (ingress) => {
    ingress.spec ??= {};
  },
  validateCreate: validateNewIngress,
  validateUpdate: validateIngress,
  validateStatusUpdate: validateIngressStatus,
  columns: columnsOf('ingress'),
  cells,
});

function parametersCell(one: IngressClass): string {
  const parameters = one.spec?.parameters;
  if (parameters === undefined) return none;
  const kind = parameters.apiGroup ? `${parameters.kind}.${parameters.apiGroup}` : parameters.kind;
  return `${kind}/${parameters.name}`;
}

/** The strategy of IngressClasses. */
export const ingressClassStrategy: Strategy = plainStrategy<IngressClass>({
  hasGeneration: true,
  setDefaults: (one) => {
    one.spec ??= {};
    if (one.spec.parameters !== undefined) one.spec.parameters.scope ??= 'Cluster';
  },
  validateCreate: validateIngressClass,
  validateUpdate: validateIngressClassUpdate,
  columns: columnsOf('ingressClass'),
  cells: (one, now) => [nameCell(one), one.spec?.controller ?? '', parametersCell(one), ageCell(one, now)],
});

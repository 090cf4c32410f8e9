/** The NetworkPolicy: who may talk to whom. */
import { isIPv4 } from 'node:net';
import { type FieldError, forbiddenField, invalid, required } from '../../api/field-error.ts';
import type { IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '../../api/networking.ts';
import { policyProtocols } from '../../api/resolved-policy.ts';
import { ageCell, columnsOf, nameCell } from '../columns.ts';
import { cidrText, isCidr, oneOf, portNumber, portNumberOrName } from '../field-checks.ts';
import type { Strategy } from '../kind.ts';
import { formatLabelSelector, validateLabelSelector } from '../label-selector.ts';
import { plainStrategy } from '../plain-strategy.ts';

/** API: a policy with egress rules is about both directions, any other about ingress. */
function setDefaults(policy: NetworkPolicy): void {
  policy.spec ??= {};
  const { spec } = policy;
  spec.podSelector ??= {};
  for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) {
    for (const port of rule.ports ?? []) if (!port.protocol) port.protocol = 'TCP';
  }
  if (spec.policyTypes?.length) return;
  spec.policyTypes = spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress'];
}

function validatePort(port: NetworkPolicyPort, path: string, errors: FieldError[]): void {
  if (port.protocol !== undefined) oneOf(port.protocol, ['TCP', 'UDP', 'SCTP'], `${path}.protocol`, errors);
  const end = port.endPort;
  if (port.port === undefined) {
    if (end !== undefined)
      errors.push(invalid(`${path}.endPort`, end, 'may not be specified when `port` is not specified'));
    return;
  }
  portNumberOrName(port.port, `${path}.port`, errors);
  if (end === undefined) return;
  if (typeof port.port === 'string') {
    errors.push(invalid(`${path}.endPort`, end, 'may not be specified when `port` is non-numeric'));
    return;
  }
  if (end < port.port) errors.push(invalid(`${path}.endPort`, port.port, 'must be greater than or equal to `port`'));
  if (end > 65_535 || end < 1) portNumber(end, `${path}.endPort`, errors);
}

function bits(address: string): bigint {
  if (isIPv4(address)) return address.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = tail === undefined ? [] : new Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0');
  return [...left, ...gap, ...right].reduce((sum, part) => sum * 65_536n + BigInt(`0x${part || '0'}`), 0n);
}

/** True when `inner` lies in `outer`. */
function inside(inner: string, outer: string): boolean {
  const [innerIp = '', innerLength = '0'] = inner.split('/');
  const [outerIp = '', outerLength = '0'] = outer.split('/');
  if (isIPv4(innerIp) !== isIPv4(outerIp)) return false;
  const shift = BigInt((isIPv4(outerIp) ? 32 : 128) - Number(outerLength));
  return Number(innerLength) >= Number(outerLength) && bits(innerIp) >> shift === bits(outerIp) >> shift;
}

function validateBlock(block: IPBlock, path: string, errors: FieldError[]): void {
  if (!block.cidr) {
    errors.push(required(`${path}.cidr`));
    return;
  }
  if (!isCidr(block.cidr)) {
    errors.push(invalid(`${path}.cidr`, block.cidr, cidrText));
    return;
  }
  block.except?.forEach((except, index) => {
    const field = `${path}.except[${index}]`;
    if (!isCidr(except)) errors.push(invalid(field, except, cidrText));
    else if (!inside(except, block.cidr)) errors.push(invalid(field, except, 'must be a strict subset of `cidr`'));
  });
}

function validatePeer(peer: NetworkPolicyPeer, path: string, errors: FieldError[]): void {
  const { podSelector, namespaceSelector, ipBlock } = peer;
  validateLabelSelector(podSelector, `${path}.podSelector`, errors);
  validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`, errors);
  if (ipBlock !== undefined) validateBlock(ipBlock, `${path}.ipBlock`, errors);
  if (podSelector === undefined && namespaceSelector === undefined && ipBlock === undefined) {
    errors.push(required(path, 'must specify a peer'));
  } else if (ipBlock !== undefined && (podSelector !== undefined || namespaceSelector !== undefined)) {
    errors.push(forbiddenField(path, 'may not specify both ipBlock and another peer'));
  }
}

function validate(policy: NetworkPolicy): FieldError[] {
  const errors: FieldError[] = [];
  const spec = policy.spec ?? {};
  validateLabelSelector(spec.podSelector, 'spec.podSelector', errors);
  spec.ingress?.forEach((rule, index) => {
    const path = `spec.ingress[${index}]`;
    rule.ports?.forEach((port, at) => {
      validatePort(port, `${path}.ports[${at}]`, errors);
    });
    rule.from?.forEach((peer, at) => {
      validatePeer(peer, `${path}.from[${at}]`, errors);
    });
  });
  spec.egress?.forEach((rule, index) => {
    const path = `spec.egress[${index}]`;
    rule.ports?.forEach((port, at) => {
      validatePort(port, `${path}.ports[${at}]`, errors);
    });
    rule.to?.forEach((peer, at) => {
      validatePeer(peer, `${path}.to[${at}]`, errors);
    });
  });
  const types = spec.policyTypes ?? [];
  if (types.length > 2) {
    errors.push(invalid('spec.policyTypes', types, 'may not specify more than two policyTypes'));
    return errors;
  }
  types.forEach((type, index) => {
    oneOf(type, ['Ingress', 'Egress'], `spec.policyTypes[${index}]`, errors);
  });
  return errors;
}

/** What is stored and yet not enforced is said: whoever relies on it is to know. */
function warnings({ spec }: NetworkPolicy): string[] {
  return (['ingress', 'egress'] as const).flatMap((direction) =>
    (spec?.[direction] ?? []).flatMap((rule, index) =>
      (rule.ports ?? []).flatMap(({ protocol = 'TCP' }, at) =>
        policyProtocols.includes(protocol)
          ? []
          : [
              `spec.${direction}[${index}].ports[${at}].protocol: ${protocol} is not supported: it is never let through`,
            ],
      ),
    ),
  );
}

/** The strategy of NetworkPolicies. */
export const networkPolicyStrategy: Strategy = plainStrategy<NetworkPolicy>({
  hasGeneration: true,
  setDefaults,
  validateCreate: validate,
  warnings,
  columns: columnsOf('networkPolicy'),
  cells: (policy, now) => [nameCell(policy), formatLabelSelector(policy.spec?.podSelector), ageCell(policy, now)],
});

/** The NetworkPolicy: who may talk to whom. */
import { type FieldError, forbiddenField, invalid, required } from '../../api/field-error.ts';
import type { IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '../../api/networking.ts';
import { policyProtocols } from '../../api/resolved-policy.ts';
import { ageCell, columnsOf, nameCell } from '../columns.ts';
import { oneOf, portNumber, portNumberOrName } from '../field-checks.ts';
import { cidr, isCidr, isStrictlyWithin } from '../ip-checks.ts';
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
  if (typeof port.port === 'string' && end !== undefined) {
    errors.push(invalid(`${path}.endPort`, end, 'may not be specified when `port` is non-numeric'));
  }
  portNumberOrName(port.port, `${path}.port`, errors);
  if (end === undefined || typeof port.port === 'string') return;
  if (end < port.port) errors.push(invalid(`${path}.endPort`, port.port, 'must be greater than or equal to `port`'));
  if (end > 65_535 || end < 1) portNumber(end, `${path}.endPort`, errors);
}

/** What is looked at and where, and the ranges that were in the policy before: those may stay as they are. */
interface Look {
  readonly errors: FieldError[];
  readonly kept: ReadonlySet<string>;
}

function validateBlock(block: IPBlock, path: string, { errors, kept }: Look): void {
  if (!block.cidr) {
    errors.push(required(`${path}.cidr`));
    return;
  }
  cidr(block.cidr, `${path}.cidr`, errors, kept);
  if (!isCidr(block.cidr)) return;
  block.except?.forEach((except, index) => {
    const field = `${path}.except[${index}]`;
    cidr(except, field, errors, kept);
    if (isCidr(except) && !isStrictlyWithin(except, block.cidr)) {
      errors.push(invalid(field, except, 'must be a strict subset of `cidr`'));
    }
  });
}

function validatePeer(peer: NetworkPolicyPeer, path: string, look: Look): void {
  const { errors } = look;
  const { podSelector, namespaceSelector, ipBlock } = peer;
  validateLabelSelector(podSelector, `${path}.podSelector`, errors);
  validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`, errors);
  if (ipBlock !== undefined) validateBlock(ipBlock, `${path}.ipBlock`, look);
  if (podSelector === undefined && namespaceSelector === undefined && ipBlock === undefined) {
    errors.push(required(path, 'must specify a peer'));
  } else if (ipBlock !== undefined && (podSelector !== undefined || namespaceSelector !== undefined)) {
    errors.push(forbiddenField(path, 'may not specify both ipBlock and another peer'));
  }
}

/** All ranges of addresses in a policy. */
function rangesOf({ spec }: NetworkPolicy): string[] {
  const peers = [...(spec?.ingress ?? []).map(({ from }) => from), ...(spec?.egress ?? []).map(({ to }) => to)].flat();
  return peers.flatMap((peer) => (peer?.ipBlock ? [peer.ipBlock.cidr, ...(peer.ipBlock.except ?? [])] : []));
}

function validate(policy: NetworkPolicy, old?: NetworkPolicy): FieldError[] {
  const errors: FieldError[] = [];
  const look: Look = { errors, kept: new Set(old === undefined ? [] : rangesOf(old)) };
  const spec = policy.spec ?? {};
  validateLabelSelector(spec.podSelector, 'spec.podSelector', errors);
  spec.ingress?.forEach((rule, index) => {
    const path = `spec.ingress[${index}]`;
    rule.ports?.forEach((port, at) => {
      validatePort(port, `${path}.ports[${at}]`, errors);
    });
    rule.from?.forEach((peer, at) => {
      validatePeer(peer, `${path}.from[${at}]`, look);
    });
  });
  spec.egress?.forEach((rule, index) => {
    const path = `spec.egress[${index}]`;
    rule.ports?.forEach((port, at) => {
      validatePort(port, `${path}.ports[${at}]`, errors);
    });
    rule.to?.forEach((peer, at) => {
      validatePeer(peer, `${path}.to[${at}]`, look);
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
  validateCreate: (policy) => validate(policy),
  validateUpdate: validate,
  warnings,
  columns: columnsOf('networkPolicy'),
  cells: (policy, now) => [nameCell(policy), formatLabelSelector(policy.spec?.podSelector), ageCell(policy, now)],
});

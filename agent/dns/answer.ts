/** What the cluster's names answer: the DNS specification of Kubernetes 1.1.0, as CoreDNS fills its gaps. Pure. */
import { isIP } from 'node:net';
import type { NamedEndpoint, NamedPort, NamedService } from './named-service.ts';
import { addressKey } from './named-service.ts';
import { reversedAddress } from './reversed-address.ts';
import { rcodes, types } from './wire/codes.ts';
import { type Labels, labelsOf } from './wire/name.ts';
import {
  addressRecord,
  authorityRecord,
  type DnsRecord,
  nameRecord,
  serviceRecord,
  textRecord,
} from './wire/record.ts';
import type { Reply } from './wire/reply.ts';
import type { Names } from './zone.ts';

/** A name in small letters, and the type of record wanted. */
export interface Question {
  readonly labels: Labels;
  readonly type: number;
}

/** What there is to say: an answer, an alias whose target is to be looked up, or nothing since the name is not of the cluster. */
export type Outcome =
  | { readonly kind: 'reply'; readonly reply: Reply }
  | { readonly kind: 'alias'; readonly record: DnsRecord; readonly target: Labels }
  | { readonly kind: 'elsewhere' };

/** The specification's version, told at `dns-version.<domain>`. */
const specification = '1.1.0';

/** Answers a question. */
export function answer(question: Question, names: Names): Outcome {
  const { labels } = question;
  const depth = labels.length - names.domain.length;
  if (depth < 0 || names.domain.some((label, at) => labels[depth + at] !== label)) return pointers(question, names);
  // what is left of the domain, the nearest label first
  const [first, namespace, ...below] = labels.slice(0, depth).reverse();
  if (first === undefined) return apex(question, names);
  if (first === 'svc' || first === 'pod') {
    if (namespace === undefined) return nothing(names);
    return first === 'svc' ? services(question, names, namespace, below) : pods(question, names, namespace, below);
  }
  if (first === 'dns-version' && depth === 1)
    return found(question, names, [textRecord(labels, names.ttl, specification)]);
  if (first === 'dns' && (depth === 1 || (depth === 2 && namespace === 'ns')))
    return nameServer(question, names, depth);
  return missing(names);
}

const reply = (parts: Partial<Reply>): Outcome => ({
  kind: 'reply',
  reply: { rcode: rcodes.noError, authoritative: true, answers: [], authority: [], additional: [], ...parts },
});

/** There is no such name. */
const missing = (names: Names): Outcome => reply({ rcode: rcodes.nameError, authority: [authority(names)] });
/** The name is there, without such a record. */
const nothing = (names: Names): Outcome => reply({ authority: [authority(names)] });

/** The records of the type that is asked for, of all those a name has. */
function found({ type }: Question, names: Names, records: readonly DnsRecord[]): Outcome {
  const answers = records.filter((record) => record.type === type);
  return answers.length === 0 ? nothing(names) : reply({ answers });
}

const nameServerName = ({ domain }: Names): Labels => ['ns', 'dns', ...domain];

function authority(names: Names): DnsRecord {
  return authorityRecord(names.domain, names.ttl, {
    server: nameServerName(names),
    mailbox: ['hostmaster', ...names.domain],
    serial: names.serial,
    minimum: names.ttl,
  });
}

function apex(question: Question, names: Names): Outcome {
  const server = nameRecord(types.NS, names.domain, names.ttl, nameServerName(names));
  return found(question, names, [authority(names), server]);
}

function nameServer(question: Question, names: Names, depth: number): Outcome {
  if (depth === 1 || names.server === undefined) return nothing(names);
  return found(question, names, [addressRecord(question.labels, names.ttl, names.server)]);
}

/** `below` is left of the namespace, nearest first: service; service, endpoint; or service, protocol, port. */
function services(question: Question, names: Names, namespace: string, below: readonly string[]): Outcome {
  const [name, ...more] = below;
  if (name === undefined) return names.hasNamespace(namespace) ? nothing(names) : missing(names);
  const service = names.service(namespace, name);
  if (service === undefined) return missing(names);
  if (more.length === 0) return wholeService(question, names, service);
  if (service.external !== undefined) return missing(names);
  const [second = '', third] = more;
  if (second.startsWith('_')) return servicePorts(question, names, service, more);
  const endpoints = service.endpoints.filter(({ hostname }) => hostname === second);
  if (third !== undefined || endpoints.length === 0) return missing(names);
  return records(question, names, targetsOf(names, service, endpoints), () => true);
}

function wholeService(question: Question, names: Names, service: NamedService): Outcome {
  if (service.external !== undefined) {
    const target = labelsOf(service.external);
    const record = nameRecord(types.CNAME, question.labels, names.ttl, target);
    return question.type === types.CNAME ? reply({ answers: [record] }) : { kind: 'alias', record, target };
  }
  const targets = targetsOf(names, service);
  // the specification, 2.4.1: a headless Service without a ready endpoint is not there; nor is one that leads nowhere
  return targets.length === 0 ? missing(names) : records(question, names, targets, () => true);
}

/** `_http._tcp` of a Service: `more` is the protocol, then the port. `_tcp` alone is only on the way there. */
function servicePorts(question: Question, names: Names, service: NamedService, more: readonly string[]): Outcome {
  const [protocol = '', port, ...rest] = more;
  const isThis = (each: NamedPort): boolean =>
    `_${each.protocol}` === protocol && (port === undefined || (each.name !== '' && `_${each.name}` === port));
  const targets = targetsOf(names, service).filter(({ ports }) => ports.some(isThis));
  if (rest.length > 0 || targets.length === 0) return missing(names);
  if (port === undefined || question.type !== types.SRV) return nothing(names);
  return records(question, names, targets, isThis);
}

/** What a Service leads to: an address with the name it has, and its ports. */
interface Target {
  readonly name: Labels;
  readonly addresses: readonly string[];
  readonly ports: readonly NamedPort[];
}

function targetsOf(names: Names, service: NamedService, chosen?: readonly NamedEndpoint[]): Target[] {
  const own = serviceName(names, service);
  if (chosen === undefined && !service.headless)
    return service.addresses.length === 0 ? [] : [{ name: own, addresses: service.addresses, ports: service.ports }];
  return (chosen ?? service.endpoints).map(({ address, hostname, ports }) => ({
    name: [hostname, ...own],
    addresses: [address],
    ports,
  }));
}

const serviceName = ({ domain }: Names, { name, namespace }: NamedService): Labels => [
  name,
  namespace,
  'svc',
  ...domain,
];

function records(
  question: Question,
  names: Names,
  targets: readonly Target[],
  wanted: (port: NamedPort) => boolean,
): Outcome {
  const { ttl } = names;
  if (question.type !== types.SRV) {
    const addresses = new Set(targets.flatMap((target) => target.addresses));
    return found(
      question,
      names,
      [...addresses].map((address) => addressRecord(question.labels, ttl, address)),
    );
  }
  const leads = targets.flatMap(({ name, ports }) => ports.filter(wanted).map(({ port }) => ({ target: name, port })));
  if (leads.length === 0) return nothing(names);
  // CoreDNS: a hundred, shared out
  const weight = Math.max(1, Math.floor(100 / leads.length));
  return reply({
    answers: leads.map((lead) => serviceRecord(question.labels, ttl, { weight, ...lead })),
    additional: targets.flatMap(({ name, addresses }) => addresses.map((each) => addressRecord(name, ttl, each))),
  });
}

/** The specification, 2.3 note, and CoreDNS: any address written with dashes, in any namespace, as nodes do not hold those. */
function pods(question: Question, names: Names, namespace: string, below: readonly string[]): Outcome {
  const [host, ...more] = below;
  if (namespace === '' || host === undefined) return nothing(names);
  const address = [host.replaceAll('-', '.'), host.replaceAll('-', ':')].find((text) => isIP(text) !== 0);
  if (more.length > 0 || address === undefined) return missing(names);
  return found(question, names, [addressRecord(question.labels, names.ttl, address)]);
}

/** Names of addresses: of Services, and of what is behind them; all others are not ours. */
function pointers(question: Question, names: Names): Outcome {
  const address = reversedAddress(question.labels);
  if (address === undefined) return { kind: 'elsewhere' };
  const key = addressKey(address);
  const all = [...names.withAddress(address)];
  // CoreDNS: an address of a Service is that and nothing else
  const services = all.filter((service) => service.addresses.some((each) => addressKey(each) === key));
  const targets =
    services.length > 0
      ? services.map((service) => serviceName(names, service))
      : all.flatMap((service) =>
          service.endpoints
            .filter((each) => addressKey(each.address) === key)
            .map(({ hostname }) => [hostname, ...serviceName(names, service)]),
        );
  if (targets.length === 0) return { kind: 'elsewhere' };
  return found(
    question,
    names,
    targets.map((target) => nameRecord(types.PTR, question.labels, names.ttl, target)),
  );
}

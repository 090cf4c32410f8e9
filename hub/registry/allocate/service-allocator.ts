/** Cluster addresses and node ports of Services: drawn, checked, and given back. */
import type { ApiError } from '../../api/errors.ts';
import { type FieldError, invalid, invalidObject } from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Service } from '../../api/service.ts';
import type { ResourceInfo } from '../../kinds/kind.ts';
import type { Allocator, Reservation } from '../write-path.ts';
import { type AddressRange, addressNumber, addressText, parseRange } from './address-range.ts';
import { NumberPool } from './number-pool.ts';
import { fillFamilies, needsAddress } from './service-families.ts';
import { DryTaking, type Held, Taking, type Takings } from './taking.ts';

/** API: the part of a range that is drawn from last, so that chosen addresses rarely meet drawn ones. */
function staticBand(size: number, least: number, most: number): number {
  const band = Math.min(Math.max(least, Math.floor(size / 16)), most);
  return band < size ? band : 0;
}

function held(service: Service | undefined): Held {
  const addresses = new Set<number>();
  const ports = new Set<number>();
  if (service === undefined || service.spec === undefined) return { addresses, ports };
  if (needsAddress(service)) {
    for (const address of service.spec.clusterIPs ?? [service.spec.clusterIP ?? '']) {
      const number = addressNumber(address);
      if (number !== undefined) addresses.add(number);
    }
  }
  for (const port of service.spec.ports ?? []) if (port.nodePort) ports.add(port.nodePort);
  if (service.spec.healthCheckNodePort) ports.add(service.spec.healthCheckNodePort);
  return { addresses, ports };
}

const isExternal = (service: Service): boolean =>
  service.spec.type === 'NodePort' || service.spec.type === 'LoadBalancer';

/** API: a load balancer may reach Pods without node ports. */
function drawsNodePorts(service: Service): boolean {
  if (service.spec.type === 'LoadBalancer') return service.spec.allocateLoadBalancerNodePorts !== false;
  return service.spec.type === 'NodePort';
}

function needsHealthPort(service: Service): boolean {
  return service.spec.type === 'LoadBalancer' && service.spec.externalTrafficPolicy === 'Local';
}

function refuse(service: Service, error: FieldError): ApiError {
  return invalidObject('', 'Service', service.metadata.name ?? '', [error]);
}

/** What a ServiceAllocator draws from. */
export interface ServiceRanges {
  /** IPv4, e.g. 10.152.0.0/16. */
  readonly cidr: string;
  /** API: 30000 to 32767 unless configured. */
  readonly firstNodePort?: number;
  readonly lastNodePort?: number;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/** The allocator. What is taken by writes in flight is taken. */
export class ServiceAllocator implements Allocator {
  readonly #range: AddressRange;
  readonly #addresses: NumberPool;
  readonly #ports: NumberPool;
  readonly #portRange: string;

  constructor({ cidr, firstNodePort = 30_000, lastNodePort = 32_767, random }: ServiceRanges) {
    this.#range = parseRange(cidr);
    const { first, last } = this.#range;
    const dynamic = first + staticBand(last - first + 1, 16, 256);
    this.#addresses = new NumberPool({ first, last, dynamic, random });
    const portBand = staticBand(lastNodePort - firstNodePort + 1, 16, 128);
    this.#ports = new NumberPool({
      first: firstNodePort,
      last: lastNodePort,
      dynamic: firstNodePort + portBand,
      random,
    });
    this.#portRange = `${firstNodePort}-${lastNodePort}`;
  }

  /** Takes what Services hold already: at the start, before the first write. */
  restore(services: Iterable<Service>): void {
    for (const service of services) {
      const { addresses, ports } = held(service);
      for (const number of addresses) this.#addresses.take(number);
      for (const number of ports) this.#ports.take(number);
    }
  }

  handles(info: ResourceInfo): boolean {
    return info.resource === 'services' && info.group === '';
  }

  /** Fills in and takes what `object` needs, in place; undefined for a Service that goes. Throws Invalid. */
  prepare(object: KubeObject | undefined, old: KubeObject | undefined, dryRun = false): Reservation {
    const service = object as Service | undefined;
    const before = held(old as Service | undefined);
    const taking = dryRun
      ? new DryTaking(this.#range, this.#ports, before)
      : new Taking(this.#addresses, this.#ports, before);
    try {
      if (service !== undefined) this.#fill(service, old === undefined, taking);
    } catch (error) {
      taking.rollback();
      throw error;
    }
    const after = held(service);
    return { commit: () => taking.commit(after), rollback: () => taking.rollback() };
  }

  #fill(service: Service, isNew: boolean, taking: Takings): void {
    const errors = fillFamilies(service, isNew);
    if (errors.length > 0) throw invalidObject('', 'Service', service.metadata.name ?? '', errors);
    if (needsAddress(service)) this.#fillAddress(service, taking);
    else if (service.spec.clusterIP === 'None') service.spec.clusterIPs = ['None'];
    if (isExternal(service)) this.#fillNodePorts(service, taking);
    if (needsHealthPort(service)) this.#fillHealthPort(service, taking);
  }

  #fillAddress(service: Service, taking: Takings): void {
    const { spec } = service;
    const given = spec.clusterIPs?.[0] || spec.clusterIP || '';
    if (given === '') {
      spec.clusterIP = addressText(taking.drawAddress());
      spec.clusterIPs = [spec.clusterIP];
      return;
    }
    spec.clusterIP = given;
    spec.clusterIPs ??= [given];
    for (const address of spec.clusterIPs) {
      const why = this.#addressProblem(address, taking);
      if (why === undefined) continue;
      throw refuse(service, invalid('spec.clusterIPs', spec.clusterIPs, `failed to allocate IP ${address}: ${why}`));
    }
  }

  #addressProblem(address: string, taking: Takings): string | undefined {
    const number = addressNumber(address);
    if (number === undefined || !this.#addresses.contains(number)) {
      return `the provided IP (${address}) is not in the valid range. The range of valid IPs is ${this.#range.cidr}`;
    }
    return taking.address(number) ? undefined : 'provided IP is already allocated';
  }

  /** API: ports of one number but several protocols share their node port. */
  #fillNodePorts(service: Service, taking: Takings): void {
    const ports = service.spec.ports ?? [];
    const chosen = new Map<number, number>();
    for (const [at, port] of ports.entries()) {
      if (!port.nodePort && !drawsNodePorts(service)) continue;
      const shared = chosen.get(port.port);
      const wanted = port.nodePort || shared || ports.find((one) => one.port === port.port && one.nodePort)?.nodePort;
      if (wanted === undefined) port.nodePort = taking.drawPort();
      else {
        this.#takePort(service, `spec.ports[${at}].nodePort`, wanted, taking);
        port.nodePort = wanted;
      }
      if (shared === undefined) chosen.set(port.port, port.nodePort);
    }
  }

  #fillHealthPort(service: Service, taking: Takings): void {
    const { spec } = service;
    if (!spec.healthCheckNodePort) spec.healthCheckNodePort = taking.drawPort();
    else this.#takePort(service, 'spec.healthCheckNodePort', spec.healthCheckNodePort, taking);
  }

  #takePort(service: Service, field: string, port: number, taking: Takings): void {
    if (!taking.mayTake(port)) {
      const why = `provided port is not in the valid range. The range of valid ports is ${this.#portRange}`;
      throw refuse(service, invalid(field, port, why));
    }
    if (!taking.port(port)) throw refuse(service, invalid(field, port, 'provided port is already allocated'));
  }
}

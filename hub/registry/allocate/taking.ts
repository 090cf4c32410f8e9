/** What one write of a Service takes out of the pools, given back when it fails; and what a dry run says it would take. */
import { ApiError } from '../../api/errors.ts';
import type { AddressRange } from './address-range.ts';
import type { NumberPool } from './number-pool.ts';

/** What one Service holds. */
export interface Held {
  readonly addresses: ReadonlySet<number>;
  readonly ports: ReadonlySet<number>;
}

/** One write in progress. */
export interface Takings {
  /** Takes an address; false when somebody else has it. */
  address(number: number): boolean;
  /** Any free address. Throws InternalError when there is none. */
  drawAddress(): number;
  /** True for ports of the range. */
  mayTake(port: number): boolean;
  /** Takes a port; false when somebody else has it. */
  port(number: number): boolean;
  /** Any free port. Throws InternalError when there is none. */
  drawPort(): number;
  /** Gives back what the old state held and the new one does not. */
  commit(after: Held): void;
  /** Gives back what was taken. */
  rollback(): void;
}

function exhausted(what: string): ApiError {
  return new ApiError('InternalError', `Internal error occurred: failed to allocate a ${what}: range is full`);
}

/** A write that is meant. */
export class Taking implements Takings {
  readonly #addresses: NumberPool;
  readonly #ports: NumberPool;
  readonly #before: Held;
  readonly #takenAddresses: number[] = [];
  readonly #takenPorts: number[] = [];

  constructor(addresses: NumberPool, ports: NumberPool, before: Held) {
    this.#addresses = addresses;
    this.#ports = ports;
    this.#before = before;
  }

  address(number: number): boolean {
    if (this.#before.addresses.has(number) || this.#takenAddresses.includes(number)) return true;
    if (!this.#addresses.take(number)) return false;
    this.#takenAddresses.push(number);
    return true;
  }

  drawAddress(): number {
    const number = this.#addresses.draw();
    if (number === undefined) throw exhausted('serviceIP');
    this.#takenAddresses.push(number);
    return number;
  }

  mayTake(port: number): boolean {
    return this.#ports.contains(port);
  }

  port(number: number): boolean {
    if (this.#before.ports.has(number) || this.#takenPorts.includes(number)) return true;
    if (!this.#ports.take(number)) return false;
    this.#takenPorts.push(number);
    return true;
  }

  drawPort(): number {
    const number = this.#ports.draw();
    if (number === undefined) throw exhausted('nodePort');
    this.#takenPorts.push(number);
    return number;
  }

  commit(after: Held): void {
    for (const number of this.#before.addresses) if (!after.addresses.has(number)) this.#addresses.release(number);
    for (const number of this.#before.ports) if (!after.ports.has(number)) this.#ports.release(number);
  }

  rollback(): void {
    for (const number of this.#takenAddresses) this.#addresses.release(number);
    for (const number of this.#takenPorts) this.#ports.release(number);
  }
}

/** API: what a dry run answers as its first drawn port is one more than this. */
const beforeFirstPort = 32_768;

/**
 * A dry run: it takes nothing and looks for nothing free. API: a drawn address is that of the range itself, a drawn port
 * a number behind those the same write names; a chosen address counts as free and a chosen port as within the range.
 */
export class DryTaking implements Takings {
  readonly #range: AddressRange;
  readonly #ports: NumberPool;
  readonly #before: Held;
  readonly #named: number[] = [];

  constructor(range: AddressRange, ports: NumberPool, before: Held) {
    this.#range = range;
    this.#ports = ports;
    this.#before = before;
  }

  address(): boolean {
    return true;
  }

  drawAddress(): number {
    return this.#range.first - 1;
  }

  mayTake(): boolean {
    return true;
  }

  port(number: number): boolean {
    if (this.#before.ports.has(number) || this.#named.includes(number)) return true;
    if (this.#ports.isTaken(number)) return false;
    this.#named.push(number);
    return true;
  }

  drawPort(): number {
    const number = (this.#named.length === 0 ? beforeFirstPort : Math.max(...this.#named)) + 1;
    this.#named.push(number);
    return number;
  }

  commit(): void {}

  rollback(): void {}
}

/** A server that is asked for what is not of the cluster, and whether it has answered of late. */
import { isIP } from 'node:net';
import { backoffDelay } from '../../hub/base/backoff.ts';

/** Where a server is. */
export interface UpstreamPlace {
  readonly address: string;
  readonly port: number;
}

const usualPort = 53;

/** `192.0.2.1`, `192.0.2.1:5353`, `fd00::1` or `[fd00::1]:53`; undefined for anything else. */
export function upstreamPlace(text: string): UpstreamPlace | undefined {
  if (isIP(text) !== 0) return { address: text, port: usualPort };
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const address = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3] ?? 0);
  const isBracketed = match?.[1] !== undefined;
  if (isIP(address) !== (isBracketed ? 6 : 4) || port < 1 || port > 65_535) return undefined;
  return { address, port };
}

/** CoreDNS: after two failures in a row a server counts as dead. */
const failuresOfDead = 2;
/** Then it is tried again after so many milliseconds, and after longer ones, by one question each time. */
const again = { first: 500, limit: 5000 };

/** One upstream's health. */
export class Upstream {
  readonly place: UpstreamPlace;
  #failures = 0;
  #askAt = 0;

  constructor(place: UpstreamPlace) {
    this.place = place;
  }

  /** True when a dead one may be asked now: once, then not until its time has come again. */
  take(now: number): boolean {
    if (now < this.#askAt) return false;
    this.#askAt = now + backoffDelay(again, this.#failures - failuresOfDead + 1);
    return true;
  }

  get dead(): boolean {
    return this.#failures >= failuresOfDead;
  }

  answered(): void {
    this.#failures = 0;
  }

  failed(now: number): void {
    this.#failures += 1;
    if (this.#failures === failuresOfDead) this.#askAt = now + again.first;
  }
}

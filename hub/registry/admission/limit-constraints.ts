/** The constraints of a LimitRange as checks, with Kubernetes' texts. */
import { compareQuantities } from '../../api/exact-quantity.ts';
import { parseQuantity } from '../../api/quantity.ts';
import type { LimitRangeItem } from '../../api/quota.ts';
import type { Amounts } from './pod-amounts.ts';

/** What a container, a Pod or a claim asks for. */
export interface Asked {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

/** One constraint: which resource of which type of thing, and the bound. */
interface Bound {
  readonly type: string;
  readonly name: string;
  readonly bound: string;
}

function least({ type, name, bound }: Bound, { requests, limits }: Asked): string | undefined {
  const text = `minimum ${name} usage per ${type} is ${bound}`;
  const request = requests[name];
  const limit = limits[name];
  if (request === undefined) return `${text}.  No request is specified`;
  if (compareQuantities(request, bound) < 0) return `${text}, but request is ${request}`;
  if (limit !== undefined && compareQuantities(limit, bound) < 0) return `${text}, but limit is ${limit}`;
  return undefined;
}

function most({ type, name, bound }: Bound, { requests, limits }: Asked): string | undefined {
  const text = `maximum ${name} usage per ${type} is ${bound}`;
  const request = requests[name];
  const limit = limits[name];
  if (limit === undefined) return `${text}.  No limit is specified`;
  if (compareQuantities(limit, bound) > 0) return `${text}, but limit is ${limit}`;
  if (request !== undefined && compareQuantities(request, bound) > 0) return `${text}, but request is ${request}`;
  return undefined;
}

function ratio({ type, name, bound }: Bound, { requests, limits }: Asked): string | undefined {
  const text = `${name} max limit to request ratio per ${type} is ${bound}`;
  const request = parseQuantity(requests[name] ?? '0') ?? 0;
  const limit = parseQuantity(limits[name] ?? '0') ?? 0;
  if (request === 0) return `${text}, but no request is specified or request is 0`;
  if (limit === 0) return `${text}, but no limit is specified or limit is 0`;
  const observed = limit / request;
  return observed > (parseQuantity(bound) ?? 0) ? `${text}, but provided ratio is ${observed.toFixed(6)}` : undefined;
}

type Check = (bound: Bound, asked: Asked) => string | undefined;

function failures(item: LimitRangeItem, bounds: Amounts | undefined, check: Check, asked: Asked): string[] {
  const found: string[] = [];
  for (const name of Object.keys(bounds ?? {}).sort()) {
    const failure = check({ type: item.type, name, bound: bounds?.[name] ?? '0' }, asked);
    if (failure !== undefined) found.push(failure);
  }
  return found;
}

/** What of `item` a container or Pod breaks. */
export function brokenLimits(item: LimitRangeItem, asked: Asked): string[] {
  return [
    ...failures(item, item.min, least, asked),
    ...failures(item, item.max, most, asked),
    ...failures(item, item.maxLimitRequestRatio, ratio, asked),
  ];
}

/** What of `item` a claim breaks: claims have requests only. */
export function brokenClaimLimits(item: LimitRangeItem, requests: Amounts): string[] {
  const mostRequest: Check = ({ type, name, bound }, asked) => {
    const text = `maximum ${name} usage per ${type} is ${bound}`;
    const request = asked.requests[name];
    if (request === undefined) return `${text}.  No request is specified`;
    return compareQuantities(request, bound) > 0 ? `${text}, but request is ${request}` : undefined;
  };
  const asked = { requests, limits: {} };
  return [...failures(item, item.min, least, asked), ...failures(item, item.max, mostRequest, asked)];
}

/** One line of the audit log: an Event (audit.k8s.io/v1) as JSON. Pure. */
import type { Status } from '../../api/errors.ts';
import type { User } from '../../api/user.ts';
import type { Level, Stage } from './policy.ts';

/** What an event tells. Times are Unix milliseconds with fractions. */
export interface EventFacts {
  readonly level: Level;
  readonly auditID: string;
  readonly stage: Stage;
  readonly requestURI: string;
  readonly verb: string;
  readonly user: User;
  readonly impersonatedUser: User | undefined;
  readonly sourceIPs: readonly string[];
  readonly userAgent: string;
  readonly objectRef: ObjectReference | undefined;
  readonly responseStatus: Partial<Status> | undefined;
  /** JSON texts of one line each. */
  readonly requestObject: string | undefined;
  readonly responseObject: string | undefined;
  readonly received: number;
  readonly at: number;
  readonly annotations: Readonly<Record<string, string>> | undefined;
}

/** audit.k8s.io/v1 ObjectReference. */
export interface ObjectReference {
  readonly resource: string;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly uid?: string | undefined;
  readonly apiGroup?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly subresource?: string | undefined;
}

/** API: longer ones are cut. */
const longestAgent = 1024;

/** A user agent as it is written. */
export function agentText(agent: string): string {
  return agent.length > longestAgent ? `${agent.slice(0, longestAgent)}...TRUNCATED` : agent;
}

/** The addresses a request came by, first the one it came from. API: X-Forwarded-For, X-Real-Ip, then the connection. */
export function sourceAddresses(
  headers: { readonly forwarded: string; readonly real: string },
  remote: string | undefined,
): string[] {
  const plain = (address: string): string => address.trim().replace(/^::ffff:(?=\d+\.)/i, '');
  const found = headers.forwarded.split(',').map(plain).filter(isAddress);
  const real = plain(headers.real);
  if (isAddress(real) && !found.includes(real)) found.push(real);
  const own = plain(remote ?? '');
  if (isAddress(own) && found.at(-1) !== own) found.push(own);
  return found;
}

function isAddress(text: string): boolean {
  return /^[0-9a-f:.]+$/i.test(text);
}

/** metav1.MicroTime. */
export function microTime(milliseconds: number): string {
  const whole = Math.floor(milliseconds);
  const micros = Math.floor((milliseconds - whole) * 1000);
  return new Date(whole).toISOString().replace('Z', `${String(micros).padStart(3, '0')}Z`);
}

function userInfo({ name, uid, groups, extra }: User): object {
  return {
    ...(name === '' ? {} : { username: name }),
    ...(uid === undefined ? {} : { uid }),
    ...(groups.length === 0 ? {} : { groups }),
    ...(extra === undefined || Object.keys(extra).length === 0 ? {} : { extra }),
  };
}

function present(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''));
}

/** The line, with its end. */
export function eventLine(facts: EventFacts): string {
  const { requestObject, responseObject, objectRef, responseStatus, annotations } = facts;
  const head = JSON.stringify({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: facts.level,
    auditID: facts.auditID,
    stage: facts.stage,
    requestURI: facts.requestURI,
    verb: facts.verb,
    user: userInfo(facts.user),
    ...(facts.impersonatedUser === undefined ? {} : { impersonatedUser: userInfo(facts.impersonatedUser) }),
    ...(facts.sourceIPs.length === 0 ? {} : { sourceIPs: facts.sourceIPs }),
    ...(facts.userAgent === '' ? {} : { userAgent: facts.userAgent }),
    ...(objectRef === undefined ? {} : { objectRef: present(objectRef) }),
    ...(responseStatus === undefined ? {} : { responseStatus: { metadata: {}, ...present(responseStatus) } }),
  });
  const bodies = [
    ...(requestObject === undefined ? [] : [`"requestObject":${requestObject},`]),
    ...(responseObject === undefined ? [] : [`"responseObject":${responseObject},`]),
  ];
  const tail = JSON.stringify({
    requestReceivedTimestamp: microTime(facts.received),
    stageTimestamp: microTime(facts.at),
    ...(annotations === undefined ? {} : { annotations }),
  });
  return `${head.slice(0, -1)},${bodies.join('')}${tail.slice(1)}\n`;
}

interface Managed {
  metadata?: { managedFields?: unknown };
  items?: Managed[];
  rows?: { object?: Managed }[];
}

/** The value without managed fields: of an object, of the items of a list, of the rows of a table. */
export function withoutManagedFields(value: object): object {
  const { metadata, items, rows, ...rest } = value as Managed;
  const own = metadata === undefined || metadata === null ? metadata : { ...metadata, managedFields: undefined };
  return {
    ...rest,
    ...(metadata === undefined ? {} : { metadata: own }),
    ...(Array.isArray(items) ? { items: items.map((one) => (isObject(one) ? withoutManagedFields(one) : one)) } : {}),
    ...(Array.isArray(rows)
      ? { rows: rows.map((row) => (isObject(row.object) ? { ...row, object: withoutManagedFields(row.object) } : row)) }
      : {}),
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** The query of `pods/log` as the kubelet reads it. Pure. */
import { badRequest } from '../../../hub/api/errors.ts';
import type { StreamRequest } from '../../../hub/api/link.ts';
import type { LogQuery } from '../../runtime/runtime.ts';

/** What is asked: which attempt, and which part of its log. Throws ApiError BadRequest for what makes no sense. */
export function parseLogQuery(options: StreamRequest['options'], now: number): LogQuery & { previous: boolean } {
  const tailLines = count(options, 'tailLines');
  const limitBytes = count(options, 'limitBytes');
  const since = sinceOf(options, now);
  return {
    previous: flag(options, 'previous'),
    timestamps: flag(options, 'timestamps'),
    follow: flag(options, 'follow'),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
    ...(since === undefined ? {} : { since }),
  };
}

function single(options: StreamRequest['options'], name: string): string | undefined {
  const value = options[name];
  const text = Array.isArray(value) ? value[0] : value;
  return text === '' ? undefined : text;
}

function flag(options: StreamRequest['options'], name: string): boolean {
  const text = single(options, name);
  return text === 'true' || text === '1';
}

function count(options: StreamRequest['options'], name: string): number | undefined {
  const text = single(options, name);
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw badRequest(`${name} must be a whole number of at least 0, not "${text}"`);
  return Number(text);
}

function sinceOf(options: StreamRequest['options'], now: number): number | undefined {
  const seconds = count(options, 'sinceSeconds');
  if (seconds !== undefined) return now - seconds * 1000;
  const text = single(options, 'sinceTime');
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw badRequest(`sinceTime "${text}" is not an RFC 3339 time`);
  return time;
}

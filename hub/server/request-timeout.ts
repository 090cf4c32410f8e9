/** How long a request may take: what the client says, up to a minute. API: the query parameter `timeout`, a Go duration. */
import { ApiError, badRequest } from '../api/errors.ts';

/** API: --request-timeout, in milliseconds. */
const longest = 60_000;

const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
const duration = /^[+-]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/;

/** Milliseconds of a Go duration such as `1m30s`. Throws BadRequest in Go's words. */
function goDuration(text: string): number {
  const unsigned = text.replace(/^[+-]/, '');
  if (unsigned === '0') return 0;
  let rest = unsigned;
  let sum = 0;
  while (rest !== '') {
    const [part = '', amount = '', , unit = ''] = duration.exec(rest) ?? [];
    if (part === '' || /^[+-]/.test(rest)) throw wrong(text, rest);
    sum += Number(amount) * (units[unit] ?? 0);
    rest = rest.slice(part.length);
  }
  if (unsigned === '') throw wrong(text, '');
  return text.startsWith('-') ? -sum : sum;
}

function wrong(text: string, rest: string): ApiError {
  const shown = JSON.stringify(text);
  const [amount = '', unit = ''] = /^\d+(?:\.\d*)?([^\d.]*)/.exec(rest) ?? [];
  let why = `invalid duration ${shown}`;
  if (amount !== '')
    why =
      unit === '' ? `missing unit in duration ${shown}` : `unknown unit ${JSON.stringify(unit)} in duration ${shown}`;
  return badRequest(`invalid timeout specified in the request URL - time: ${why}`);
}

/** Milliseconds for a value of the parameter. API: 0, and more than a minute, mean a minute. Throws BadRequest. */
export function requestTimeout(text: string | null): number {
  if (text === null || text === '') return longest;
  const asked = goDuration(text);
  return asked > 0 && asked < longest ? asked : longest;
}

/** 504 of a request whose time is over. */
export function timeIsOver(): ApiError {
  return new ApiError(
    'Timeout',
    'Timeout: request did not complete within requested timeout - context deadline exceeded',
    { details: {} },
  );
}

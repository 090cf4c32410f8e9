/** Formats of strings that Kubernetes checks; one that is not here is not checked. */
import { isIP, isIPv4, isIPv6 } from 'node:net';

const duration =
  /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h)(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))*$/;
const wordDuration =
  /^\d+\s*(?:ns|nanos?|nanoseconds?|µs|us|micros?|microseconds?|ms|millis?|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|wks?|weeks?)$/i;
const dateTime = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|[+-]\d\d:?\d\d)$/;
const uuidForm = (version: string): RegExp =>
  new RegExp(
    `^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?[${version === '3' || version === '[0-9a-f]' ? '0-9a-f' : '89ab'}][0-9a-f]{3}-?[0-9a-f]{12}$`,
    'i',
  );
const forms: Readonly<Record<string, RegExp>> = {
  bsonobjectid: /^[0-9a-f]{24}$/i,
  hostname:
    /^(?=.{1,253}$)[a-zA-Z0-9\p{S}\p{L}](?:[a-zA-Z0-9\p{S}\p{L}-]{0,61}[a-zA-Z0-9\p{S}\p{L}])?(?:\.[a-zA-Z0-9\p{S}\p{L}](?:[a-zA-Z0-9\p{S}\p{L}-]{0,61}[a-zA-Z0-9\p{S}\p{L}])?)*$/u,
  email: /^[^\s@<>,;]+@[^\s@<>,;]+$/,
  mac: /^(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}$|^(?:[0-9a-f]{2}[:-]){7}[0-9a-f]{2}$|^(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}$/i,
  uuid: uuidForm('[0-9a-f]'),
  uuid3: uuidForm('3'),
  uuid4: uuidForm('4'),
  uuid5: uuidForm('5'),
  isbn10: /^(?:\d[ -]?){9}[\dX]$/,
  isbn13: /^97[89][ -]?(?:\d[ -]?){9}\d$/,
  creditcard: /^(?:\d[ -]?){12,18}\d$/,
  ssn: /^\d{3}[- ]?\d{2}[- ]?\d{4}$/,
  hexcolor: /^#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/,
  rgbcolor: /^rgb\(\s*(?:\d{1,3})\s*,\s*(?:\d{1,3})\s*,\s*(?:\d{1,3})\s*\)$/,
  byte: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
};

/** True for a day of the calendar: `2024-02-29`. */
function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  return match !== null && isDay(Number(match[1]), Number(match[2]), Number(match[3]));
}

function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** True for a time of RFC 3339. */
function isDateTime(text: string): boolean {
  const match = dateTime.exec(text);
  if (match === null) return false;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return isDay(year, month, day) && hour < 24 && minute < 60 && second < 60;
}

function isUri(text: string): boolean {
  // API: a request URI, so absolute or beginning with a slash
  return /^(?:[a-zA-Z][a-zA-Z0-9+.-]*:|\/)[^\s]*$/.test(text) && !/%(?![0-9a-fA-F]{2})/.test(text);
}

function isCidr(text: string): boolean {
  const [address = '', bits = '', ...more] = text.split('/');
  if (more.length > 0 || !/^\d{1,3}$/.test(bits)) return false;
  const family = isIP(address);
  return family !== 0 && Number(bits) <= (family === 4 ? 32 : 128);
}

const checks: Readonly<Record<string, (text: string) => boolean>> = {
  uri: isUri,
  ipv4: isIPv4,
  ipv6: isIPv6,
  cidr: isCidr,
  isbn: (text) => forms['isbn10']?.test(text) === true || forms['isbn13']?.test(text) === true,
  password: () => true,
  date: isDate,
  duration: (text) => text.length < 256 && (duration.test(text) || wordDuration.test(text)),
  datetime: isDateTime,
};

/** The check of a format; undefined for one that Kubernetes does not know. */
export function formatCheck(format: string): ((text: string) => boolean) | undefined {
  const name = format.replaceAll('-', '');
  if (Object.hasOwn(checks, name)) return checks[name];
  const form = Object.hasOwn(forms, name) ? forms[name] : undefined;
  return form === undefined ? undefined : (text) => form.test(text);
}

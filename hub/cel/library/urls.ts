/** URLs. */
import { bool, listOf, mapOf, string, url } from '../types/type.ts';
import { EvaluationError, List, Opaque, type Value } from '../types/value.ts';
import { method, type Overload, plain, reads } from './overload.ts';

/** A URL as a value. */
class Url extends Opaque {
  readonly kind = 'kubernetes.URL';
  readonly url: URL;
  readonly text: string;

  constructor(text: string) {
    super();
    this.text = text;
    this.url = new URL(text, 'rel://');
  }

  equals(other: Opaque): boolean {
    return other instanceof Url && other.url.href === this.url.href;
  }

  override toString(): string {
    return this.text;
  }
}

/** API: a request URI, so absolute or beginning with a slash. */
function isUrl(text: string): boolean {
  return (
    (/^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(text) && URL.canParse(text)) ||
    (text.startsWith('/') && URL.canParse(text, 'rel://x'))
  );
}

function readUrl(value: Value): Url {
  const text = value as string;
  if (!isUrl(text)) {
    throw new EvaluationError(
      `URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`,
    );
  }
  return new Url(text);
}

const parts = (value: Value): URL => (value as Url).url;
const isRelative = (value: Value): boolean => parts(value).protocol === 'rel:';

function query(value: Value): Map<Value, Value> {
  const map = new Map<Value, Value>();
  for (const key of new Set(parts(value).searchParams.keys())) {
    map.set(key, new List(parts(value).searchParams.getAll(key)));
  }
  return map;
}

/** Functions by name. */
export const urls: readonly (readonly [string, readonly Overload[]])[] = [
  ['url', [plain([string], url, readUrl, reads(0))]],
  ['isURL', [plain([string], bool, (text) => isUrl(text as string), reads(0))]],
  ['getScheme', [method(url, [], string, (value) => (isRelative(value) ? '' : parts(value).protocol.slice(0, -1)))]],
  ['getHost', [method(url, [], string, (value) => parts(value).host)]],
  ['getHostname', [method(url, [], string, (value) => parts(value).hostname.replace(/^\[|\]$/g, ''))]],
  ['getPort', [method(url, [], string, (value) => parts(value).port)]],
  ['getEscapedPath', [method(url, [], string, (value) => parts(value).pathname)]],
  ['getQuery', [method(url, [], mapOf(string, listOf(string)), query)]],
];

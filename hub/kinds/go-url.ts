/** URLs as Go's net/url reads them: what it takes for a host or a path, and what it refuses, differs from a browser's. */

/** The parts of a URL that rules speak of; each '' when the URL has none. */
export interface GoUrl {
  readonly scheme: string;
  /** `user` or `user:password`, undefined when nothing stands before an `@`. */
  readonly user: string | undefined;
  /** With its port. */
  readonly host: string;
  readonly query: string;
  readonly fragment: string;
}

/** Why a text is no URL, in Go's words. */
export class UrlFault extends Error {}

const hexPair = /^%[0-9A-Fa-f]{2}$/;
const hostCharacters = /[^A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"%\u0080-\uffff]/;
const userCharacters = /^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/;
const optionalPort = /^(:[0-9]*)?$/;

/** Escapes are a percent sign and two hexadecimal digits. */
function checkEscapes(text: string): void {
  for (let at = text.indexOf('%'); at !== -1; at = text.indexOf('%', at + 1)) {
    const pair = text.slice(at, at + 3);
    if (!hexPair.test(pair)) throw new UrlFault(`invalid URL escape ${JSON.stringify(pair)}`);
  }
}

/** The scheme and what is behind its colon. */
function splitScheme(text: string): [scheme: string, rest: string] {
  const [scheme = ''] = /^[A-Za-z][A-Za-z0-9+\-.]*(?=:)/.exec(text) ?? [];
  if (text.startsWith(':')) throw new UrlFault('missing protocol scheme');
  return scheme === '' ? ['', text] : [scheme.toLowerCase(), text.slice(scheme.length + 1)];
}

function checkHost(host: string): void {
  const isLiteral = host.startsWith('[');
  const end = isLiteral ? host.lastIndexOf(']') : host.lastIndexOf(':') - 1;
  if (isLiteral && end < 0) throw new UrlFault("missing ']' in host");
  const port = isLiteral || end >= -1 ? host.slice(end + 1) : '';
  if ((isLiteral || host.includes(':')) && !optionalPort.test(port)) {
    throw new UrlFault(`invalid port ${JSON.stringify(port)} after host`);
  }
  checkEscapes(host);
  // API: names of hosts may only escape what is not ASCII, and the percent sign of a zone
  const [escaped] = /%(?!25)[0-7][0-9A-Fa-f]/.exec(host) ?? [];
  if (escaped !== undefined) throw new UrlFault(`invalid URL escape ${JSON.stringify(escaped)}`);
  const [odd] = hostCharacters.exec(host) ?? [];
  if (odd !== undefined) throw new UrlFault(`invalid character ${JSON.stringify(odd)} in host name`);
}

function splitAuthority(authority: string): Pick<GoUrl, 'user' | 'host'> {
  const at = authority.lastIndexOf('@');
  const host = authority.slice(at + 1);
  checkHost(host);
  if (at === -1) return { user: undefined, host };
  const user = authority.slice(0, at);
  if (!userCharacters.test(user)) throw new UrlFault('net/url: invalid userinfo');
  checkEscapes(user);
  return { user, host };
}

/** The part up to the first `mark`, and what is behind it. */
function cut(text: string, mark: string): [before: string, after: string] {
  const at = text.indexOf(mark);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** Reads a URL. Throws a UrlFault that says what is wrong with it. */
function read(whole: string): GoUrl {
  const [text, fragment] = cut(whole, '#');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(text)) throw new UrlFault('net/url: invalid control character in URL');
  const [scheme, behind] = splitScheme(text);
  const [rest, query] = cut(behind, '?');
  const plain = { scheme, user: undefined, host: '', query, fragment };
  if (!rest.startsWith('/')) {
    if (scheme !== '') return plain;
    if ((rest.split('/')[0] ?? '').includes(':')) {
      throw new UrlFault('first path segment in URL cannot contain colon');
    }
  }
  const hasAuthority = rest.startsWith('//') && (scheme !== '' || !rest.startsWith('///'));
  const [authority] = hasAuthority ? cut(rest.slice(2), '/') : [''];
  const parts = hasAuthority ? splitAuthority(authority) : { user: undefined, host: '' };
  checkEscapes(hasAuthority ? rest.slice(2 + authority.length) : rest);
  checkEscapes(fragment);
  return { ...plain, ...parts };
}

/** Reads a URL. Throws a UrlFault: `parse "…": why`. */
export function parseGoUrl(text: string): GoUrl {
  try {
    return read(text);
  } catch (error) {
    if (!(error instanceof UrlFault)) throw error;
    throw new UrlFault(`parse ${JSON.stringify(text)}: ${error.message}`, { cause: error });
  }
}

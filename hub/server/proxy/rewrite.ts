/** Links in proxied answers: paths from the root lead through the proxy again. API: as apimachinery's proxy transport does it. */
import { Transform, type TransformCallback } from 'node:stream';

/** Which pages are meant when a URL names a host, and the path they are found below. */
export interface Rewriting {
  /** Host of the other end, and the one the client asked. */
  readonly hosts: readonly string[];
  /** `/api/v1/namespaces/…/proxy`. */
  readonly prefix: string;
}

/** The link as it must be for a client of the proxy. */
export function rewriteUrl(link: string, { hosts, prefix }: Rewriting): string {
  const match = /^(?:([a-z][a-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(.*)$/is.exec(link);
  if (match === null) return link;
  const [, scheme = '', host = '', path = '', rest = ''] = match;
  if (scheme !== '' && host === '') return link;
  if (host !== '' && !hosts.includes(host)) return link;
  if (!path.startsWith('/')) return link;
  return path.startsWith(prefix) ? path + rest : prefix + path + rest;
}

/** Attributes that hold links, by element. */
const links: Readonly<Record<string, readonly string[]>> = {
  a: ['href'],
  applet: ['codebase'],
  area: ['href'],
  audio: ['src'],
  base: ['href'],
  blockquote: ['cite'],
  body: ['background'],
  button: ['formaction'],
  command: ['icon'],
  del: ['cite'],
  embed: ['src'],
  form: ['action'],
  frame: ['longdesc', 'src'],
  head: ['profile'],
  html: ['manifest'],
  iframe: ['longdesc', 'src'],
  img: ['longdesc', 'src', 'usemap'],
  input: ['formaction', 'src', 'usemap'],
  ins: ['cite'],
  link: ['href'],
  object: ['classid', 'codebase', 'data', 'usemap'],
  q: ['cite'],
  script: ['src'],
  source: ['src'],
  video: ['poster', 'src'],
};

/** A tag that goes on for longer than this is no tag, in bytes. */
const longestTag = 64 * 1024;

/** Rewrites one piece of HTML that cuts no tag. */
function rewriteHtml(html: string, rewriting: Rewriting): string {
  return html.replace(/<([a-z]+)(\s[^>]*)>/gi, (tag, name: string, attributes: string) => {
    const element = name.toLowerCase();
    const wanted = Object.hasOwn(links, element) ? links[element] : undefined;
    if (wanted === undefined) return tag;
    const changed = attributes.replace(
      /([^\s=/"']+)(\s*=\s*)(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/g,
      (whole, key: string, equals: string, double?: string, single?: string, bare?: string) => {
        if (!wanted.includes(key.toLowerCase())) return whole;
        const url = rewriteUrl((double ?? single ?? bare ?? '').trim(), rewriting);
        return single === undefined ? `${key}${equals}"${url}"` : `${key}${equals}'${url}'`;
      },
    );
    return `<${name}${changed}>`;
  });
}

/** Rewrites HTML as it passes; bytes that are no links stay as they are. */
export class HtmlRewriter extends Transform {
  readonly #rewriting: Rewriting;
  #rest = '';

  constructor(rewriting: Rewriting) {
    super();
    this.#rewriting = rewriting;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const text = this.#rest + chunk.toString('latin1');
    const tag = text.lastIndexOf('<');
    const isOpen = tag >= 0 && text.indexOf('>', tag) < 0 && text.length - tag < longestTag;
    this.#rest = isOpen ? text.slice(tag) : '';
    done(null, this.#rewrite(isOpen ? text.slice(0, tag) : text));
  }

  override _flush(done: TransformCallback): void {
    done(null, this.#rewrite(this.#rest));
  }

  #rewrite(text: string): Buffer {
    return Buffer.from(rewriteHtml(text, this.#rewriting), 'latin1');
  }
}

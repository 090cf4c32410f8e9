/** Field selectors: parsing `metadata.name=a,status.phase!=Running`. */
import { badRequest } from './errors.ts';
import type { FieldSelector, FieldTerm } from './selector.ts';

/** Parses the text form. API: terms split at commas, `\,` `\=` `\\` are escapes in values. Throws ApiError BadRequest. */
export function parseFieldSelector(text: string): FieldSelector {
  const terms: FieldTerm[] = [];
  for (const part of splitTerms(text)) {
    if (part === '') continue;
    const match = /^([^=!]*?)(!=|==|=)(.*)$/s.exec(part);
    if (match === null) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
    const [, field = '', operator = '', value = ''] = match;
    terms.push({ field, value: unescaped(value), equal: operator !== '!=' });
  }
  return terms;
}

function splitTerms(text: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === ',') {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

function unescaped(value: string): string {
  if (!value.includes('\\') && !value.includes('=')) return value;
  let plain = '';
  for (let at = 0; at < value.length; at += 1) {
    const char = value.charAt(at);
    if (char !== '\\') {
      if (char === '=') throw badRequest("invalid field selector: unescaped character in value: '='");
      plain += char;
      continue;
    }
    at += 1;
    const escaped = value.charAt(at);
    if (escaped !== '\\' && escaped !== ',' && escaped !== '=') {
      throw badRequest(`invalid field selector: invalid escape sequence: \\${escaped}`);
    }
    plain += escaped;
  }
  return plain;
}

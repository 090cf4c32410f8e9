/** A short, stable name for the content of a template. */
import { safeAlphabet } from '../api/safe-alphabet.ts';

/** JSON with sorted members and without nulls: the same content always gives the same text. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined && member !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}

/** FNV-1a, 32 bits. */
function fnv(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

/** Up to ten characters fit for names and label values. `collisions` makes another hash out of the same content. */
export function templateHash(content: unknown, collisions: number | undefined): string {
  const digits = String(fnv(canonical(content) + (collisions === undefined ? '' : `#${collisions}`)));
  return [...digits].map((digit) => safeAlphabet.charAt(digit.charCodeAt(0) % safeAlphabet.length)).join('');
}

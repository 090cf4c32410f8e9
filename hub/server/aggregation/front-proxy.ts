/** How the hub says to other API servers who asks: the front proxy's header fields. API: requestheader authentication. */
import type { User } from '../../api/user.ts';

const ours = /^x-remote-(user|uid|group|extra-.*)$/i;

/** True for a field only the hub may set. */
export function isIdentityField(name: string): boolean {
  return ours.test(name);
}

/** The key of an extra value as a header name takes it: anything but token characters escaped. API: %, too. */
export function escapedKey(key: string): string {
  return [...Buffer.from(key, 'utf8')]
    .map((byte) => {
      const char = String.fromCharCode(byte);
      return /[A-Za-z0-9!#$&'*+.^_`|~-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

/** Names and values in turns. */
export function identityFields({ name, uid, groups, extra = {} }: User): string[] {
  const fields = ['X-Remote-User', name];
  if (uid !== undefined && uid !== '') fields.push('X-Remote-Uid', uid);
  for (const group of groups) fields.push('X-Remote-Group', group);
  for (const [key, values] of Object.entries(extra)) {
    for (const value of values) fields.push(`X-Remote-Extra-${escapedKey(key)}`, value);
  }
  return fields.map((text) => Buffer.from(text, 'utf8').toString('latin1'));
}

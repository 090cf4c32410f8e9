/** Generated names: a base and five characters that cannot spell words (API: generateName). */
import { safeAlphabet } from '../api/safe-alphabet.ts';

const longestName = 63;
const suffixLength = 5;

/** A name out of `base`; `random` answers numbers in [0, 1). */
export function generateName(base: string, random: () => number): string {
  let suffix = '';
  for (let index = 0; index < suffixLength; index += 1) {
    suffix += safeAlphabet[Math.floor(random() * safeAlphabet.length)] ?? 'x';
  }
  return base.slice(0, longestName - suffixLength) + suffix;
}

/** The characters of generated names (apimachinery rand.SafeEncodeString): no vowels, nothing that looks like another. */
export const safeAlphabet = 'bcdfghjklmnpqrstvwxz2456789';

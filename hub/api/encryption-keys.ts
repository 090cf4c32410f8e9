/** Encryption at rest, as the hub and its command line speak of it. */

/** A POST here makes a new key, encrypts everything with it and forgets the old one. */
export const encryptionKeysPath = '/coracle/v1/encryption-keys';

/** What a POST answers: the id of the new key, and how many stored values were encrypted with it. */
export interface KeyRotation {
  readonly keyId: string;
  readonly values: number;
}

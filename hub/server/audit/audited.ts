/** What becomes known of a request on its way, for the audit log. There where a policy wants the request written down. */
import type { User } from '../../api/user.ts';

/** Told as it comes to be known; each is for one request. */
export interface Audited {
  /** Whoever sends an answer says what is in it. */
  readonly wantsAnswer: boolean;
  /** The request acts as somebody else. */
  impersonated(user: User): void;
  /** Authorization said so. */
  decided(decision: { readonly allowed: boolean; readonly reason: string }): void;
  /** Event.annotations; what was said of a key first stays. */
  annotate(key: string, value: string): void;
  /** The body as it was read, before anything filled in or changed it. */
  requested(body: object): void;
  /** The body of a patch. */
  patched(text: string): void;
  /** The answer, as a value or as the bytes of JSON. */
  answered(value: object): void;
  answeredJson(bytes: Buffer): void;
  /** A part of an answer that is sent piece by piece. */
  answeredPart(bytes: Buffer): void;
  /** An answer that lasts has begun, with the status of the response. */
  started(): void;
  /** The request broke the server's own code. */
  broke(error: unknown): void;
}

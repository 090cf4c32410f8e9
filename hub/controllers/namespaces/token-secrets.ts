/** Secrets of type kubernetes.io/service-account-token: filled with a token that does not end, gone with their account. */
import type { Secret } from '../../api/config.ts';
import { isConflict, isNotFound } from '../../api/errors.ts';
import { secrets, serviceAccounts } from '../../api/resource.ts';
import type { Part } from '../../base/lifecycle.ts';
import type { Again } from '../../base/work-queue.ts';
import type { Change, Entry, WriteOptions } from '../../registry/registry.ts';
import { type ControllerContext, writerOf } from '../context.ts';
import { createController, keyOf, splitKey } from '../controller.ts';

const tokenType = 'kubernetes.io/service-account-token';
const typeMark = Buffer.from(`"${tokenType}"`);
const nameAnnotation = 'kubernetes.io/service-account.name';
const uidAnnotation = 'kubernetes.io/service-account.uid';

/** What a name or uid belongs to. */
interface Named {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** Signs a token without an end for `account`, void when `secret` is gone. */
export type IssueSecretToken = (account: Named, secret: { readonly name: string; readonly uid: string }) => string;

/** What such a Secret should hold beside what it does; undefined when it is complete. `issue` is asked only when needed. */
export function tokenSecretData(
  secret: Secret,
  expected: { readonly ca: string; readonly namespace: string; readonly issue: () => string },
): Record<string, string> | undefined {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const data = secret.data ?? {};
  const fixed = { 'ca.crt': base64(expected.ca), namespace: base64(expected.namespace) };
  const hasToken = (data['token'] ?? '') !== '';
  if (hasToken && data['ca.crt'] === fixed['ca.crt'] && data['namespace'] === fixed.namespace) return undefined;
  return { ...data, ...fixed, token: hasToken ? (data['token'] ?? '') : base64(expected.issue()) };
}

class TokenSecrets {
  readonly #context: ControllerContext;
  readonly #rootCa: string;
  readonly #issue: IssueSecretToken;
  readonly #writer: WriteOptions = writerOf('tokens-controller');

  constructor(context: ControllerContext, rootCa: string, issue: IssueSecretToken) {
    this.#context = context;
    this.#rootCa = rootCa;
    this.#issue = issue;
  }

  *initial(): Iterable<string | undefined> {
    for (const entry of this.#context.registry.entries(secrets)) {
      yield entry.bytes.includes(typeMark) ? keyOf(entry) : undefined;
    }
  }

  *secretKeys(change: Change): Iterable<string> {
    if (change.type !== 'DELETED' && change.entry.bytes.includes(typeMark)) yield keyOf(change.entry);
  }

  /** An account that came or went: its Secrets are looked at. */
  *accountKeys(change: Change): Iterable<string> {
    if (change.type === 'MODIFIED') return;
    for (const entry of this.#context.registry.entries(secrets, change.entry.namespace)) {
      if (!entry.bytes.includes(typeMark)) continue;
      const { annotations } = entry.object<Secret>().metadata;
      if (annotations?.[nameAnnotation] === change.entry.name) yield keyOf(entry);
    }
  }

  async reconcile(key: string): Promise<Again> {
    const { namespace, name } = splitKey(key);
    const entry = this.#context.registry.get(secrets, namespace, name);
    const secret = entry?.object<Secret>();
    if (entry === undefined || secret?.type !== tokenType || secret.metadata.deletionTimestamp !== undefined) {
      return undefined;
    }
    try {
      await this.#keep(entry, secret);
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
    return undefined;
  }

  async #keep(entry: Entry, secret: Secret): Promise<void> {
    const { registry } = this.#context;
    const { annotations = {} } = secret.metadata;
    const { namespace, name, uid } = entry;
    const account = registry.get(serviceAccounts, namespace, annotations[nameAnnotation] ?? '');
    const wanted = annotations[uidAnnotation] ?? account?.uid;
    if (account === undefined || account.uid !== wanted) {
      await registry.delete(secrets, namespace, name, { ...this.#writer, preconditions: { uid } });
      return;
    }
    const issue = (): string => this.#issue(account, { name, uid });
    const data = tokenSecretData(secret, { ca: this.#rootCa, namespace, issue });
    if (data === undefined && annotations[uidAnnotation] !== undefined) return;
    const fill = (now: Secret): void => {
      if (now.metadata.uid !== uid) return;
      now.metadata.annotations = { ...now.metadata.annotations, [uidAnnotation]: account.uid };
      if (data !== undefined) now.data = { ...now.data, ...data };
    };
    await registry.modify<Secret>(secrets, namespace, name, fill, this.#writer);
  }
}

/** Keeps token Secrets. */
export function createTokenSecretController(context: ControllerContext, rootCa: string, issue: IssueSecretToken): Part {
  const controller = new TokenSecrets(context, rootCa, issue);
  return createController({
    name: 'token-secrets',
    context,
    interests: [
      { ref: secrets, keys: (change) => controller.secretKeys(change) },
      { ref: serviceAccounts, keys: (change) => controller.accountKeys(change) },
    ],
    initial: () => controller.initial(),
    reconcile: (key) => controller.reconcile(key),
  });
}

/** Bootstrap tokens: those that ended go, and the others sign what a new node reads in kube-public/cluster-info. */
import {
  type BootstrapToken,
  bootstrapTokenNamespace,
  bootstrapTokenPrefix,
  bootstrapTokenType,
  detachedSignature,
  readBootstrapToken,
} from '../../api/bootstrap-token.ts';
import type { ConfigMap, Secret } from '../../api/config.ts';
import { isConflict, isNotFound } from '../../api/errors.ts';
import { configMaps, secrets } from '../../api/resource.ts';
import type { Part } from '../../base/lifecycle.ts';
import type { Again } from '../../base/work-queue.ts';
import type { Change, Entry } from '../../registry/registry.ts';
import { type ControllerContext, writerOf } from '../context.ts';
import { createController, keyOf, splitKey } from '../controller.ts';

const publicNamespace = 'kube-public';
const clusterInfo = 'cluster-info';
const infoKey = `${publicNamespace}/${clusterInfo}`;
const signaturePrefix = 'jws-kubeconfig-';
/** Timers cannot wait longer, in milliseconds. */
const longestWait = 2 ** 31 - 1;

/** The data of cluster-info with exactly the signatures it should have; undefined when it has them. Pure. */
export function signedInfo(
  data: Readonly<Record<string, string>>,
  tokens: readonly BootstrapToken[],
  now: number,
): Record<string, string> | undefined {
  const content = data['kubeconfig'];
  if (content === undefined) return undefined;
  const rest = Object.entries(data).filter(([key]) => !key.startsWith(signaturePrefix));
  const signatures = tokens
    .filter(({ signing, expires }) => signing && (expires === undefined || expires > now))
    .map((token) => [signaturePrefix + token.id, detachedSignature(content, token)] as const);
  const wanted = Object.fromEntries([...rest, ...signatures]);
  const keys = Object.keys(wanted);
  const same = keys.length === Object.keys(data).length && keys.every((key) => wanted[key] === data[key]);
  return same ? undefined : wanted;
}

const isToken = ({ namespace, name }: Entry): boolean =>
  namespace === bootstrapTokenNamespace && name.startsWith(bootstrapTokenPrefix);

class BootstrapTokens {
  readonly #context: ControllerContext;

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  *initial(): Iterable<string> {
    yield infoKey;
    for (const entry of this.#tokens()) yield keyOf(entry);
  }

  /** A token that changes is looked at, and so is what it signs. */
  *secretKeys({ entry }: Change): Iterable<string> {
    if (!isToken(entry)) return;
    yield keyOf(entry);
    yield infoKey;
  }

  async reconcile(key: string): Promise<Again> {
    try {
      return await (key === infoKey ? this.#sign() : this.#clean(key));
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
      return undefined;
    }
  }

  *#tokens(): Iterable<Entry> {
    for (const entry of this.#context.registry.entries(secrets, bootstrapTokenNamespace))
      if (isToken(entry)) yield entry;
  }

  async #clean(key: string): Promise<Again> {
    const { registry, clock } = this.#context;
    const { namespace, name } = splitKey(key);
    const entry = registry.get(secrets, namespace, name);
    const object = entry?.object<Secret>();
    if (entry === undefined || object?.type !== bootstrapTokenType) return undefined;
    const expires = readBootstrapToken(object)?.expires;
    if (expires === undefined) return undefined;
    const left = expires - clock.now();
    if (left > 0) return Math.min(left, longestWait);
    const preconditions = { uid: entry.uid };
    await registry.delete(secrets, namespace, name, { ...writerOf('token-cleaner'), preconditions });
    return undefined;
  }

  async #sign(): Promise<Again> {
    const { registry, clock } = this.#context;
    const data = registry.get(configMaps, publicNamespace, clusterInfo)?.object<ConfigMap>().data;
    if (data === undefined) return undefined;
    const tokens = [...this.#tokens()].map((entry) => readBootstrapToken(entry.object<Secret>()));
    const known = tokens.filter((token) => token !== undefined);
    if (signedInfo(data, known, clock.now()) === undefined) return undefined;
    const put = (map: ConfigMap): void => {
      map.data = signedInfo(map.data ?? {}, known, clock.now()) ?? map.data ?? {};
    };
    await registry.modify<ConfigMap>(configMaps, publicNamespace, clusterInfo, put, writerOf('bootstrap-signer'));
    return undefined;
  }
}

/** The token cleaner and the bootstrap signer: one look at the same Secrets. */
export function createBootstrapTokenController(context: ControllerContext): Part {
  const controller = new BootstrapTokens(context);
  return createController({
    name: 'bootstrap-tokens',
    context,
    interests: [
      { ref: secrets, keys: (change) => controller.secretKeys(change) },
      {
        ref: configMaps,
        keys: ({ entry }) => (entry.name === clusterInfo && keyOf(entry) === infoKey ? [infoKey] : []),
      },
    ],
    initial: () => controller.initial(),
    reconcile: (key) => controller.reconcile(key),
  });
}

/** ServiceAccount: every Pod runs as an account that exists, with its token mounted and its pull secrets. */
import type { ServiceAccount } from '../../api/config.ts';
import type { Container } from '../../api/container.ts';
import type { Pod, Volume } from '../../api/pod.ts';
import { podReferences } from '../../api/pod-references.ts';
import { serviceAccounts } from '../../api/resource.ts';
import { configMirrorAnnotation } from '../../api/static-pod.ts';
import type { Clock } from '../../base/clock.ts';
import { generateName } from '../generate-name.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../registry.ts';
import { forbid, isPodCreate, type Reader } from './forbid.ts';

const defaultAccount = 'default';
const volumePrefix = 'kube-api-access-';
/** API: where clients in a Pod look for their token. */
const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount';
/** API: an hour, and what clients need to notice that it is over. */
const tokenSeconds = 3607;
/** A new namespace gets its default account a moment after it was made. */
const defaultAccountTries = 10;
const defaultAccountPause = 100;

/** API: the projected volume with token, cluster CA and namespace. */
function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: tokenSeconds, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
      defaultMode: 420,
    },
  };
}

/** Mounts the token into every container that has nothing at its place. */
function mountToken(pod: Pod, random: () => number): void {
  const { spec } = pod;
  const present = spec.volumes?.find((volume) => volume.name.startsWith(volumePrefix));
  const name = present?.name ?? generateName(volumePrefix, random);
  let mounted = false;
  const mount = (container: Container): void => {
    if (container.volumeMounts?.some((one) => one.mountPath === tokenPath)) return;
    container.volumeMounts ??= [];
    container.volumeMounts.push({ name, readOnly: true, mountPath: tokenPath });
    mounted = true;
  };
  for (const container of spec.initContainers ?? []) mount(container);
  for (const container of spec.containers ?? []) mount(container);
  if (!mounted || present !== undefined) return;
  spec.volumes ??= [];
  spec.volumes.push(tokenVolume(name));
}

/** API: the Pod's own wish counts more than the account's. */
function wantsToken(pod: Pod, account: ServiceAccount): boolean {
  return pod.spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;
}

/** The plugin. */
export class ServiceAccountAdmission implements AdmissionPlugin {
  readonly name = 'ServiceAccount';
  readonly handles = isPodCreate;
  readonly #reader: Reader;
  readonly #clock: Clock;
  readonly #random: () => number;

  constructor(options: { reader: Reader; clock: Clock; random: () => number }) {
    this.#reader = options.reader;
    this.#clock = options.clock;
    this.#random = options.random;
  }

  mutate(request: AdmissionRequest): void | Promise<void> {
    const pod = request.object as unknown as Pod;
    if (pod.metadata.annotations?.[configMirrorAnnotation] !== undefined) {
      checkMirror(request, pod);
      return;
    }
    const { spec } = pod;
    const name = spec.serviceAccountName || spec.serviceAccount || defaultAccount;
    spec.serviceAccountName = name;
    spec.serviceAccount = name;
    const account = this.#find(request.namespace, name);
    if (account !== undefined) return this.#use(pod, account);
    if (name === defaultAccount) return this.#waitFor(request, pod);
    throw missing(request, name);
  }

  #find(namespace: string, name: string): ServiceAccount | undefined {
    return this.#reader.get(serviceAccounts, namespace, name)?.object<ServiceAccount>();
  }

  async #waitFor(request: AdmissionRequest, pod: Pod): Promise<void> {
    for (let tries = 0; tries < defaultAccountTries; tries++) {
      await this.#clock.sleep(defaultAccountPause);
      const account = this.#find(request.namespace, defaultAccount);
      if (account !== undefined) {
        this.#use(pod, account);
        return;
      }
    }
    throw missing(request, defaultAccount);
  }

  #use(pod: Pod, account: ServiceAccount): void {
    if (wantsToken(pod, account)) mountToken(pod, this.#random);
    const { spec } = pod;
    const secrets = account.imagePullSecrets ?? [];
    if ((spec.imagePullSecrets ?? []).length === 0 && secrets.length > 0) {
      spec.imagePullSecrets = secrets.map((secret) => ({ ...secret }));
    }
  }
}

function missing(request: AdmissionRequest, name: string): Error {
  return forbid(
    request,
    `error looking up service account ${request.namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`,
  );
}

/** API: a Pod that stands for a static Pod has no account and reads nothing of the API. */
function checkMirror(request: AdmissionRequest, pod: Pod): void {
  const refuse = (what: string): never => {
    throw forbid(request, `a mirror pod may not ${what}`);
  };
  if ((pod.spec.serviceAccountName ?? '') !== '') refuse('reference service accounts');
  const { secrets, claims } = podReferences(pod);
  if (secrets.size > 0) refuse('reference secrets');
  if (claims.size > 0) refuse('reference persistentvolumeclaims');
  for (const volume of pod.spec.volumes ?? []) {
    if (volume.projected?.sources?.some((source) => source.serviceAccountToken !== undefined)) {
      refuse('use ServiceAccountToken volume projections');
    }
  }
}

/** The built-in provisioner: makes a volume on the node the scheduler chose, deletes it when it is released, and lets it go when its directory is gone. */
import { hasReason, isAlreadyExists, isNotFound } from '../../api/errors.ts';
import { localPathFinalizer, localPathNodeAnnotation, localPathProvisioner } from '../../api/local-path.ts';
import type { Node } from '../../api/node.ts';
import { removeFinalizer } from '../../api/object.ts';
import type { PersistentVolumeClaim } from '../../api/persistent-volume-claim.ts';
import type { PersistentVolume } from '../../api/persistent-volume.ts';
import { nodes, persistentVolumeClaims, persistentVolumes, storageClasses } from '../../api/resource.ts';
import type { StorageClass } from '../../api/storage.ts';
import {
  classOf,
  provisionedBy,
  selectedNode,
  storageProvisioners,
  volumeProtection,
} from '../../api/volume-binding.ts';
import type { Part } from '../../base/lifecycle.ts';
import type { Again } from '../../base/work-queue.ts';
import type { EventRecorder } from '../../registry/event-recorder.ts';
import type { Change, Entry, WriteOptions } from '../../registry/registry.ts';
import { type ControllerContext, recorderOf, writerOf } from '../context.ts';
import { allKeys, createController, keyOf, own, splitKey } from '../controller.ts';
import { impossibleClaim, localPathVolume, volumeDirectory } from './local-path-volume.ts';

const account = 'local-path-provisioner';

const mark = Buffer.from(`"${localPathFinalizer}"`);

/** What the provisioner has to do about a volume: `wait` is for its node, or for the claim that is bound to it. */
export function releaseStep(
  volume: PersistentVolume,
  hasNode: (name: string) => boolean,
): 'delete' | 'let go' | 'wait' {
  const { deletionTimestamp, finalizers = [], annotations } = volume.metadata;
  const isDeleted = volume.spec?.persistentVolumeReclaimPolicy === 'Delete';
  if (deletionTimestamp === undefined) {
    const isOurs = annotations?.[provisionedBy] === localPathProvisioner;
    return isOurs && isDeleted && volume.status?.phase === 'Released' ? 'delete' : 'wait';
  }
  if (!finalizers.includes(localPathFinalizer) || finalizers.includes(volumeProtection)) return 'wait';
  return isDeleted && hasNode(annotations?.[localPathNodeAnnotation] ?? '') ? 'wait' : 'let go';
}

class LocalPath {
  readonly #context: ControllerContext;
  readonly #writer: WriteOptions = writerOf(account);
  readonly #recorder: EventRecorder;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#recorder = recorderOf(context, localPathProvisioner);
  }

  async reconcile(key: string): Promise<Again> {
    const { namespace, name } = splitKey(key);
    try {
      if (namespace === '') await this.#volume(name);
      else await this.#claim(namespace, name);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    return undefined;
  }

  /** Volumes whose directories are, or were, on a node. */
  *volumesOn(node: string): Iterable<string> {
    for (const entry of this.#context.registry.entries(persistentVolumes)) {
      if (!entry.bytes.includes(mark)) continue;
      const { annotations } = entry.object<PersistentVolume>().metadata;
      if (annotations?.[localPathNodeAnnotation] === node) yield keyOf(entry);
    }
  }

  /** Claims that wait for a volume on a node that has changed. */
  *claimsOn(node: string): Iterable<string> {
    for (const entry of this.#context.registry.entries(persistentVolumeClaims)) {
      if (isWaiting(entry) && entry.object().metadata.annotations?.[selectedNode] === node) yield keyOf(entry);
    }
  }

  async #volume(name: string): Promise<void> {
    const { registry } = this.#context;
    const entry = registry.get(persistentVolumes, '', name);
    if (entry === undefined) return;
    const hasNode = (node: string): boolean => registry.get(nodes, '', node) !== undefined;
    const decide = (volume: PersistentVolume): ReturnType<typeof releaseStep> => releaseStep(volume, hasNode);
    const step = decide(entry.object<PersistentVolume>());
    if (step === 'delete') {
      await registry.delete(persistentVolumes, '', name, { ...this.#writer, preconditions: { uid: entry.uid } });
    }
    if (step !== 'let go') return;
    const letGo = (volume: PersistentVolume): void => {
      if (decide(volume) === 'let go') removeFinalizer(volume.metadata, localPathFinalizer);
    };
    await registry.modify<PersistentVolume>(persistentVolumes, '', name, letGo, this.#writer);
  }

  async #claim(namespace: string, name: string): Promise<void> {
    const { registry } = this.#context;
    const entry = registry.get(persistentVolumeClaims, namespace, name);
    if (entry === undefined || !isWaiting(entry)) return;
    const claim = entry.object<PersistentVolumeClaim>();
    const storageClass = registry.get(storageClasses, '', classOf(claim))?.object<StorageClass>();
    if (storageClass === undefined) return;
    const chosen = claim.metadata.annotations?.[selectedNode];
    const modeless = chosen === undefined ? 'its volumeBindingMode has to be WaitForFirstConsumer' : undefined;
    const problem = impossibleClaim(claim) ?? modeless;
    if (problem !== undefined || chosen === undefined) return this.#failed(claim, storageClass, problem ?? '');
    const node = registry.get(nodes, '', chosen)?.object<Node>();
    if (node === undefined) return this.#chooseAgain(claim, storageClass, `node "${chosen}" not found`);
    const directory = volumeDirectory(node);
    if (directory === undefined) {
      return this.#chooseAgain(claim, storageClass, `node "${chosen}" does not say where it keeps volumes`);
    }
    const volume = localPathVolume({ claim, storageClass, node, directory });
    this.#tell(claim, 'Normal', 'Provisioning', `Provisioning a volume for claim "${keyOf(entry)}" on node ${chosen}`);
    try {
      await registry.create(persistentVolumes, '', volume, this.#writer);
      this.#tell(claim, 'Normal', 'ProvisioningSucceeded', `Successfully provisioned volume ${volume.metadata.name}`);
    } catch (error) {
      if (hasReason(error, 'Invalid', 'Forbidden')) return this.#failed(claim, storageClass, String(error));
      if (!isAlreadyExists(error)) throw error;
    }
  }

  /** API: a provisioner that cannot work on the chosen node takes the choice back; the scheduler tries again. */
  async #chooseAgain(claim: PersistentVolumeClaim, storageClass: StorageClass, why: string): Promise<void> {
    this.#failed(claim, storageClass, why);
    const { namespace = '', name = '' } = claim.metadata;
    const before = claim.metadata.annotations?.[selectedNode];
    const change = ({ metadata }: PersistentVolumeClaim): void => {
      if (metadata.annotations?.[selectedNode] === before) delete metadata.annotations?.[selectedNode];
    };
    await this.#context.registry.modify(persistentVolumeClaims, namespace, name, change, this.#writer);
  }

  #failed(claim: PersistentVolumeClaim, { metadata }: StorageClass, why: string): void {
    const message = `failed to provision volume with StorageClass "${metadata.name}": ${why}`;
    this.#tell(claim, 'Warning', 'ProvisioningFailed', message);
  }

  #tell(about: PersistentVolumeClaim, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#recorder.record({ about, type, reason, message });
  }
}

/** True for a claim that this provisioner is to make a volume for. */
function isWaiting(entry: Entry): boolean {
  const { metadata, spec } = entry.object<PersistentVolumeClaim>();
  const isAsked = metadata.annotations?.[storageProvisioners[0]] === localPathProvisioner;
  return isAsked && metadata.deletionTimestamp === undefined && (spec?.volumeName ?? '') === '';
}

/** Makes and deletes local-path volumes. */
export function createLocalPathProvisioner(context: ControllerContext): Part {
  const provisioner = new LocalPath(context);
  const ofNode = function* ({ type, entry }: Change): Iterable<string> {
    if (type === 'MODIFIED') return;
    yield* provisioner.claimsOn(entry.name);
    if (type === 'DELETED') yield* provisioner.volumesOn(entry.name);
  };
  return createController({
    name: 'local-path',
    context,
    interests: [own(persistentVolumeClaims), own(persistentVolumes), { ref: nodes, keys: ofNode }],
    *initial() {
      yield* allKeys(context, persistentVolumeClaims);
      yield* allKeys(context, persistentVolumes);
    },
    reconcile: (key) => provisioner.reconcile(key),
    workers: 8,
  });
}

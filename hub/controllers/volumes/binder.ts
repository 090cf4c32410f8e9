/** PersistentVolumes and PersistentVolumeClaims: finds each claim its volume, binds the two, and releases what is free again. */
import { isNotFound } from '../../api/errors.ts';
import { timestamp } from '../../api/object.ts';
import type { PersistentVolumeClaim } from '../../api/persistent-volume-claim.ts';
import type { PersistentVolume, PersistentVolumeStatus } from '../../api/persistent-volume.ts';
import { persistentVolumeClaims, persistentVolumes, storageClasses } from '../../api/resource.ts';
import { sameJson } from '../../api/same-json.ts';
import type { StorageClass } from '../../api/storage.ts';
import {
  bindCompleted,
  boundByController,
  classOf,
  matchVolume,
  reserveFor,
  storageProvisioners,
} from '../../api/volume-binding.ts';
import type { Part } from '../../base/lifecycle.ts';
import type { Again } from '../../base/work-queue.ts';
import { defaultStorageClassName } from '../../registry/admission/default-class.ts';
import type { EventRecorder } from '../../registry/event-recorder.ts';
import type { Change, WriteOptions } from '../../registry/registry.ts';
import { type ControllerContext, recorderOf, writerOf } from '../context.ts';
import { allKeys, createController, keyOf, splitKey } from '../controller.ts';
import { claimStep, type Told, volumeStep } from './binding.ts';
import { BindingIndex } from './binding-index.ts';

const account = 'persistent-volume-binder';

/** A phase and what is said about it. */
type Phase = Pick<PersistentVolumeStatus, 'message'> & { readonly phase: string };

class Binder {
  readonly #context: ControllerContext;
  readonly #writer: WriteOptions = writerOf(account);
  readonly #recorder: EventRecorder;
  readonly index = new BindingIndex();

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#recorder = recorderOf(context, 'persistentvolume-controller');
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

  *#volumes(): Iterable<PersistentVolume> {
    for (const entry of this.#context.registry.entries(persistentVolumes)) yield entry.object<PersistentVolume>();
  }

  #get(name: string): PersistentVolume | undefined {
    return this.#context.registry.get(persistentVolumes, '', name)?.object<PersistentVolume>();
  }

  async #claim(namespace: string, name: string): Promise<void> {
    const { registry } = this.#context;
    const claim = registry.get(persistentVolumeClaims, namespace, name)?.object<PersistentVolumeClaim>();
    if (claim === undefined) return;
    const volumeName = claim.spec?.volumeName ?? '';
    const step = claimStep({
      claim,
      named: volumeName === '' ? undefined : this.#get(volumeName),
      match: (onlyReserved) => matchVolume(claim, this.#volumes(), { onlyReserved }),
      storageClass: registry.get(storageClasses, '', classOf(claim))?.object<StorageClass>(),
      defaultClass: defaultStorageClassName(registry),
    });
    switch (step.do) {
      case 'bind':
        return this.#bind(claim, step.volume);
      case 'lose':
        if (claim.status?.phase !== 'Lost') this.#tell(claim, step.tell);
        return this.#claimStatus(claim, { phase: 'Lost' });
      case 'wait':
        this.#tell(claim, step.tell);
        return this.#claimStatus(claim, { phase: 'Pending' });
      case 'provision':
        await this.#annotate(claim, step.provisioner);
        this.#tell(claim, step.tell);
        return this.#claimStatus(claim, { phase: 'Pending' });
      case 'class':
        return this.#change(claim, (now) => {
          now.spec = { ...now.spec, storageClassName: step.name };
        });
      case 'nothing':
        return undefined;
    }
  }

  async #volume(name: string): Promise<void> {
    const volume = this.#get(name);
    if (volume === undefined) return;
    const { namespace = '', name: claimName = '' } = volume.spec?.claimRef ?? {};
    const claim = this.#context.registry.get(persistentVolumeClaims, namespace, claimName);
    const step = volumeStep(volume, claim?.object<PersistentVolumeClaim>());
    switch (step.do) {
      case 'phase':
        // API: what failed to be reclaimed stays Failed until somebody looks at it
        if (step.phase === 'Released' && volume.status?.phase === 'Failed') return;
        return this.#phase(volume, { phase: step.phase });
      case 'fail':
        if (volume.status?.phase !== 'Failed') this.#tell(volume, step.tell);
        return this.#phase(volume, { phase: 'Failed', message: step.tell.message });
      case 'unbind':
        await this.#unbind(volume, step.forget);
        return this.#phase(volume, { phase: 'Available' });
      case 'look':
        return this.#claim(namespace, claimName);
    }
  }

  #tell(about: PersistentVolume | PersistentVolumeClaim, told: Told | undefined): void {
    if (told !== undefined) this.#recorder.record({ about, ...told });
  }

  /** The volume first: a claim that says it is bound always has a volume that says so too. */
  async #bind(claim: PersistentVolumeClaim, name: string): Promise<void> {
    const { registry } = this.#context;
    const { namespace = '', name: claimName = '', uid } = claim.metadata;
    const { entry: volume } = await registry.modify<PersistentVolume>(
      persistentVolumes,
      '',
      name,
      (now) => reserveFor(now, claim),
      this.#writer,
    );
    const bound = volume.object<PersistentVolume>();
    await registry.modify<PersistentVolumeClaim>(
      persistentVolumeClaims,
      namespace,
      claimName,
      (now) => {
        if (now.metadata.uid !== uid) throw new Error(`claim ${namespace}/${claimName} is another one by now`);
        const chosen = now.spec?.volumeName !== name;
        now.spec = { ...now.spec, volumeName: name };
        now.metadata.annotations = {
          ...now.metadata.annotations,
          ...(chosen ? { [boundByController]: 'yes' } : {}),
          [bindCompleted]: 'yes',
        };
      },
      this.#writer,
    );
    const { accessModes = [], capacity = {} } = bound.spec ?? {};
    // API: a claim that is bound already keeps its capacity until it is resized
    const size = claim.status?.phase === 'Bound' ? claim.status.capacity : capacity;
    await Promise.all([
      this.#phase(bound, { phase: 'Bound' }),
      this.#claimStatus(claim, { phase: 'Bound', accessModes, ...(size === undefined ? {} : { capacity: size }) }),
    ]);
  }

  async #unbind(volume: PersistentVolume, forget: boolean): Promise<void> {
    const uid = volume.spec?.claimRef?.uid;
    const change = (now: PersistentVolume): void => {
      const ref = now.spec?.claimRef;
      if (now.spec === undefined || ref === undefined || ref.uid !== uid) return;
      if (forget) {
        delete now.spec.claimRef;
        delete now.metadata.annotations?.[boundByController];
      } else delete ref.uid;
    };
    await this.#context.registry.modify<PersistentVolume>(
      persistentVolumes,
      '',
      volume.metadata.name ?? '',
      change,
      this.#writer,
    );
  }

  async #annotate(claim: PersistentVolumeClaim, provisioner: string): Promise<void> {
    const { annotations } = claim.metadata;
    if (storageProvisioners.every((key) => annotations?.[key] === provisioner)) return;
    await this.#change(claim, ({ metadata }) => {
      metadata.annotations = { ...metadata.annotations };
      for (const key of storageProvisioners) metadata.annotations[key] = provisioner;
    });
  }

  async #change(
    { metadata: { namespace = '', name = '' } }: PersistentVolumeClaim,
    change: (now: PersistentVolumeClaim) => void,
  ): Promise<void> {
    await this.#context.registry.modify(persistentVolumeClaims, namespace, name, change, this.#writer);
  }

  async #phase(volume: PersistentVolume, { phase, message }: Phase): Promise<void> {
    const { registry, clock } = this.#context;
    const { name = '', uid } = volume.metadata;
    if (this.#get(name)?.status?.phase === phase) return;
    const change = (now: PersistentVolume): void => {
      if (now.metadata.uid !== uid || now.status?.phase === phase) return;
      now.status = {
        phase,
        lastPhaseTransitionTime: timestamp(clock.now()),
        ...(message === undefined ? {} : { message }),
      };
    };
    await registry.modify<PersistentVolume>(persistentVolumes, '', name, change, this.#status);
  }

  /** Phase, modes and capacity; what others wrote (conditions, resizes) stays. */
  async #claimStatus(
    claim: PersistentVolumeClaim,
    wanted: NonNullable<PersistentVolumeClaim['status']>,
  ): Promise<void> {
    const { registry } = this.#context;
    const { namespace = '', name = '', uid } = claim.metadata;
    const merged = (now: PersistentVolumeClaim): PersistentVolumeClaim['status'] => {
      const { phase: _phase, accessModes: _modes, capacity: _capacity, ...rest } = now.status ?? {};
      return { ...rest, ...wanted };
    };
    const current = registry.get(persistentVolumeClaims, namespace, name)?.object<PersistentVolumeClaim>();
    if (current === undefined || sameJson(merged(current), current.status)) return;
    const change = (now: PersistentVolumeClaim): void => {
      const status = merged(now);
      if (now.metadata.uid === uid && status !== undefined) now.status = status;
    };
    await registry.modify<PersistentVolumeClaim>(persistentVolumeClaims, namespace, name, change, this.#status);
  }

  get #status(): WriteOptions {
    return { ...this.#writer, subresource: 'status' };
  }
}

/** Binds claims and volumes. */
export function createVolumeBinder(context: ControllerContext): Part {
  const binder = new Binder(context);
  const { index } = binder;
  return createController({
    name: 'volume-binder',
    context,
    interests: [
      { ref: persistentVolumeClaims, keys: (change) => index.claimChanged(change) },
      { ref: persistentVolumes, keys: (change) => index.volumeChanged(change) },
      { ref: storageClasses, keys: ({ type }: Change) => (type === 'DELETED' ? [] : index.unbound()) },
    ],
    *initial() {
      for (const entry of context.registry.entries(persistentVolumes)) {
        index.see(entry);
        yield keyOf(entry);
      }
      for (const entry of context.registry.entries(persistentVolumeClaims)) index.seeClaim(entry);
      yield* allKeys(context, persistentVolumeClaims);
    },
    reconcile: (key) => binder.reconcile(key),
    workers: 8,
  });
}

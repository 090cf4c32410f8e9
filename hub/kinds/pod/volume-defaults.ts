/** Defaults of volume sources, in Pods and in PersistentVolumes. */
import type { Volume, VolumeProjection } from '../../api/pod.ts';
import type { PersistentVolumeClaimTemplate } from '../../api/volume-source.ts';
import { defaultNestedMetadata } from '../nested-metadata.ts';
import { defaultReferences } from './container-defaults.ts';
import { defaultPullPolicy } from './image.ts';

/** API: files of ConfigMaps, Secrets and the downward API are 0644. */
const fileMode = 0o644;
const tokenSeconds = 3600;

type Source = Record<string, unknown>;

function fill(source: Source, defaults: Readonly<Source>): void {
  for (const field in defaults) if (!source[field]) source[field] = defaults[field];
}

const iscsi = { iscsiInterface: 'default' };
const rbd = { pool: 'rbd', user: 'admin', keyring: '/etc/ceph/keyring' };
const azureDisk = { cachingMode: 'ReadWrite', kind: 'Shared', fsType: 'ext4' };
const scaleIO = { storageMode: 'ThinProvisioned', fsType: 'xfs' };

/** Sources that a PersistentVolume may have too. */
export function defaultSharedSource(source: {
  hostPath?: { path: string; type?: string };
  iscsi?: unknown;
  rbd?: unknown;
  azureDisk?: unknown;
  scaleIO?: unknown;
}): void {
  if (source.hostPath !== undefined) source.hostPath.type ??= '';
  if (source.iscsi) fill(source.iscsi as Source, iscsi);
  if (source.rbd) fill(source.rbd as Source, rbd);
  if (source.azureDisk) {
    const disk = source.azureDisk as Source;
    fill(disk, azureDisk);
    disk['readOnly'] ??= false;
  }
  if (source.scaleIO) fill(source.scaleIO as Source, scaleIO);
}

function defaultProjection(source: VolumeProjection): void {
  if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= tokenSeconds;
  if (source.downwardAPI?.items) for (const file of source.downwardAPI.items) defaultReferences(file);
}

const sourceless = 1;

/** One volume of a Pod. API: a volume without a source is an emptyDir. */
export function defaultVolume(volume: Volume): void {
  if (Object.keys(volume).length === sourceless) volume.emptyDir = {};
  if (volume.configMap) volume.configMap.defaultMode ??= fileMode;
  if (volume.secret) volume.secret.defaultMode ??= fileMode;
  if (volume.downwardAPI) {
    volume.downwardAPI.defaultMode ??= fileMode;
    if (volume.downwardAPI.items) for (const file of volume.downwardAPI.items) defaultReferences(file);
  }
  if (volume.projected) {
    volume.projected.defaultMode ??= fileMode;
    if (volume.projected.sources) for (const source of volume.projected.sources) defaultProjection(source);
  }
  if (volume.image && !volume.image.pullPolicy) volume.image.pullPolicy = defaultPullPolicy(volume.image.reference);
  const template = (volume.ephemeral as { volumeClaimTemplate?: PersistentVolumeClaimTemplate } | undefined)
    ?.volumeClaimTemplate;
  if (template) defaultTemplate(template);
  defaultSharedSource(volume);
}

function defaultTemplate(template: PersistentVolumeClaimTemplate): void {
  defaultNestedMetadata(template);
  template.spec ??= {};
  template.spec.resources ??= {};
  if (!template.spec.volumeMode) template.spec.volumeMode = 'Filesystem';
}

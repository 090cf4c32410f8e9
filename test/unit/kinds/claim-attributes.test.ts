import assert from 'node:assert/strict';
import test from 'node:test';
import type { PersistentVolumeClaim } from '../../../hub/api/persistent-volume-claim.ts';
import { validateClaimUpdate } from '../../../hub/kinds/storage/validate-claim.ts';

const aClaim = (phase: string, attributes?: string, current?: string): PersistentVolumeClaim => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'c' },
  spec: {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '1Gi' } },
    ...(attributes === undefined ? {} : { volumeAttributesClassName: attributes }),
  },
  status: { phase, ...(current === undefined ? {} : { currentVolumeAttributesClassName: current }) },
});

const rows: Readonly<
  Record<string, readonly [now: PersistentVolumeClaim, old: PersistentVolumeClaim, expected: RegExp]>
> = {
  'a bound claim gets another class': [aClaim('Bound', 'b'), aClaim('Bound', 'a', 'a'), /^$/],
  'one that was never given': [aClaim('Bound'), aClaim('Bound', 'a'), /^$/],
  'taken away': [
    aClaim('Bound'),
    aClaim('Bound', 'a', 'a'),
    /^spec.volumeAttributesClassName: Forbidden: update to nil is forbidden when status.currentVolumeAttributesClassName is not nil$/,
  ],
  emptied: [
    aClaim('Bound', ''),
    aClaim('Bound', 'a', 'a'),
    /^spec.volumeAttributesClassName: Forbidden: update to empty string is forbidden when status/,
  ],
  'before it is bound': [aClaim('Pending', 'b'), aClaim('Pending', 'a'), /^spec: Forbidden: spec is immutable/],
};

for (const [name, [now, old, expected]] of Object.entries(rows)) {
  test(`attributes of a claim: ${name}`, () => {
    const errors = validateClaimUpdate(now, old);
    assert.match(errors.map(({ field, message }) => `${field}: ${message}`).join('|'), expected);
  });
}

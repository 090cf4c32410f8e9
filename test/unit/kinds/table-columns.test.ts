/** The columns of `kubectl get`, kind by kind, against the list of those of Kubernetes v1.36. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { KubeObject } from '../../../hub/api/object.ts';
import type { TableColumn } from '../../../hub/api/table.ts';
import { createCatalogue } from '../../../hub/kinds/catalogue.ts';
import type { ResourceInfo } from '../../../hub/kinds/kind.ts';
import { scaleTable } from '../../../hub/kinds/workload/scale.ts';

const lines = readFileSync(new URL('table-columns.tsv', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .slice(1);
const listed = new Map(lines.map((line) => line.split('\t') as [string, string]));
const kinds = createCatalogue()
  .groupVersions()
  .flatMap(({ resources }) => resources);

const keyOf = ({ group, kind }: ResourceInfo): string => (group === '' ? kind : `${kind}.${group}`);

function shown({ name, type, format, priority }: TableColumn): string {
  return `${name}:${type}${format === '' ? '' : `/${format}`}${priority === 0 ? '' : `@${priority}`}`;
}

test('every kind has the columns of Kubernetes', () => {
  for (const info of kinds) {
    const columns = info.strategy.columns.map(shown).join(' | ');
    assert.equal(columns, listed.get(keyOf(info)) ?? 'Name:string/name | Created At:date', keyOf(info));
    assert.equal(info.strategy.generalTable, !listed.has(keyOf(info)), keyOf(info));
  }
  const known = new Set(kinds.map(keyOf));
  assert.deepEqual(
    [...listed.keys()].filter((key) => !known.has(key)),
    [],
  );
});

test('a scale has columns of its own', () => {
  assert.equal(
    scaleTable.columns.map(shown).join(' | '),
    'Name:string | Desired:integer | Available:integer | Age:string',
  );
  const metadata = { name: 'x', creationTimestamp: '1970-01-01T00:00:00Z' };
  const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata, spec: {}, status: { replicas: 2 } };
  assert.deepEqual(scaleTable.cells(scale, 60_000), ['x', 0, 2, '60s']);
});

function cells(kind: string, object: object): unknown[] {
  const info = kinds.find((one) => keyOf(one) === kind);
  assert.ok(info, kind);
  const made = {
    apiVersion: 'v1',
    kind,
    metadata: { name: 'x', creationTimestamp: '1970-01-01T00:00:00Z' },
    ...object,
  };
  return info.strategy.cells(made as unknown as KubeObject, 60_000);
}

test('rare kinds have a cell for each column', () => {
  const group = 'admissionregistration.k8s.io';
  const paramKind = { apiVersion: 'v1', kind: 'ConfigMap' };
  assert.deepEqual(cells('ComponentStatus', { conditions: [{ type: 'Healthy', status: 'True', message: 'ok' }] }), [
    'x',
    'Healthy',
    'ok',
    '',
  ]);
  assert.deepEqual(cells(`ValidatingAdmissionPolicy.${group}`, { spec: { validations: [{}, {}], paramKind } }), [
    'x',
    2,
    'v1/ConfigMap',
    '60s',
  ]);
  assert.deepEqual(cells(`MutatingAdmissionPolicy.${group}`, { spec: { mutations: [{}] } }), [
    'x',
    1,
    '<unset>',
    '60s',
  ]);
  const binding = (paramRef?: object): unknown =>
    cells(`ValidatingAdmissionPolicyBinding.${group}`, { spec: { policyName: 'p', paramRef } })[2];
  assert.equal(binding(), '<unset>');
  assert.equal(binding({ name: 'a' }), '*/a');
  assert.equal(binding({ name: 'a', namespace: 'n' }), 'n/a');
  assert.equal(
    binding({ selector: { matchLabels: { a: 'b' } } }),
    '&LabelSelector{MatchLabels:map[string]string{a: b,},MatchExpressions:[]LabelSelectorRequirement{},}',
  );
  const template = { workload: { workloadName: 'w', podGroupTemplateName: 't' } };
  assert.deepEqual(
    cells('PodGroup.scheduling.k8s.io', {
      spec: { schedulingPolicy: { gang: { minCount: 2 } }, podGroupTemplateRef: template },
    }),
    ['x', 'gang', 'w', 'Pending', '60s'],
  );
  assert.deepEqual(
    cells('ResourcePoolStatusRequest.resource.k8s.io', {
      spec: { driver: 'd' },
      status: { poolCount: 2, pools: [{ totalDevices: 2, allocatedDevices: 1 }, { validationError: 'e' }] },
    }),
    ['x', 'd', '2', '0', '1', '0', '1', 2, 'Pending', '<none>'],
  );
});

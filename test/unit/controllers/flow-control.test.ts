/** Who keeps the flow schemas and priority levels of the cluster's own, and what a schema says of its level. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FlowSchema, PriorityLevelConfiguration } from '../../../hub/api/flow-control.ts';
import { autoUpdateAnnotation, bootstrapLevels, bootstrapSchemas } from '../../../hub/api/flow-control-bootstrap.ts';
import { danglingCondition, fresh, repair } from '../../../hub/controllers/flow-control/kept.ts';

const schema = (name: string): FlowSchema =>
  bootstrapSchemas.find(({ metadata }) => metadata.name === name) as FlowSchema;
const level = (name: string): PriorityLevelConfiguration =>
  bootstrapLevels.find(({ metadata }) => metadata.name === name) as PriorityLevelConfiguration;

function changed(wanted: FlowSchema, metadata: FlowSchema['metadata']): FlowSchema {
  const stored = structuredClone(wanted);
  stored.metadata = { ...stored.metadata, ...metadata };
  if (stored.spec !== undefined) stored.spec.matchingPrecedence = 7;
  return stored;
}

test('the annotation says who keeps a suggested object, and without it whether it was ever changed', () => {
  const wanted = schema('service-accounts');
  const said = (value: string): FlowSchema['metadata'] => ({ annotations: { [autoUpdateAnnotation]: value } });
  const expected: [FlowSchema['metadata'], boolean, number, string][] = [
    [{ ...said('true'), generation: 5 }, true, 9000, 'true'],
    [{ ...said('false'), generation: 1 }, false, 7, 'false'],
    [{ generation: 1 }, true, 9000, 'true'],
    [{ generation: 2 }, true, 7, 'false'],
    [{ ...said('perhaps'), generation: 2 }, true, 7, 'false'],
  ];
  for (const [metadata, isRepaired, precedence, annotation] of expected) {
    const stored = changed(wanted, metadata);
    assert.equal(repair(stored, wanted), isRepaired, JSON.stringify(metadata));
    assert.deepEqual(
      [stored.spec?.matchingPrecedence, stored.metadata.annotations?.[autoUpdateAnnotation]],
      [precedence, annotation],
    );
    assert.equal(repair(stored, wanted), false);
  }
});

test('mandatory objects are always kept, but the shares of the exempt level are their users', () => {
  const wanted = schema('catch-all');
  const stored = changed(wanted, { generation: 3, annotations: { [autoUpdateAnnotation]: 'false' } });
  assert.ok(repair(stored, wanted));
  assert.deepEqual(stored.spec, wanted.spec);
  const exempt = structuredClone(fresh(level('exempt')));
  exempt.spec = { type: 'Exempt', exempt: { nominalConcurrencyShares: 10, lendablePercent: 50 } };
  assert.equal(repair(exempt, level('exempt')), false);
  for (const one of [...bootstrapLevels, ...bootstrapSchemas]) assert.equal(repair(fresh(one), one), false);
});

test('a schema says once whether its level is there, and since when', () => {
  const stored = structuredClone(schema('service-accounts'));
  const found = danglingCondition(stored, true, 'T1');
  assert.deepEqual([found?.status, found?.reason, found?.lastTransitionTime], ['False', 'Found', 'T1']);
  assert.match(found?.message ?? '', /named "workload-low" and it exists$/);
  stored.status = { conditions: [found ?? {}] };
  assert.equal(danglingCondition(stored, true, 'T2'), undefined);
  const lost = danglingCondition(stored, false, 'T2');
  assert.deepEqual([lost?.status, lost?.reason, lost?.lastTransitionTime], ['True', 'NotFound', 'T2']);
  if (stored.spec !== undefined) stored.spec.priorityLevelConfiguration = { name: 'system' };
  assert.equal(danglingCondition(stored, true, 'T3')?.lastTransitionTime, 'T1');
});

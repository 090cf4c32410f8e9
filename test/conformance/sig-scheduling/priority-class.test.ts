/** PriorityClasses as API objects. */
import assert from 'node:assert/strict';
import { conformance } from '../suite.ts';

conformance('[sig-scheduling] preemption.go: PriorityClass endpoints', async (cluster) => {
  const { after, api, gone, items, namespace, ok, patch } = cluster;
  const all = '/apis/scheduling.k8s.io/v1/priorityclasses';
  const names = [`${namespace}-p1`, `${namespace}-p2`];
  for (const [index, name] of names.entries()) {
    await ok('POST', all, {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name },
      value: index + 1,
    });
    after(() => api('DELETE', `${all}/${name}`));
  }
  const path = `${all}/${names[0]}`;
  assert.equal(
    (await patch('json', path, [{ op: 'add', path: '/description', value: 'patched' }]))['description'],
    'patched',
  );
  const found = await ok('GET', path);
  assert.equal(found['value'], 1);
  const refused = await api('PUT', path, { ...found, value: found['value'] * 10 });
  assert.equal(refused.status, 422);
  assert.equal(refused.body['reason'], 'Invalid');
  assert.equal((await ok('PUT', path, { ...found, description: 'updated' }))['description'], 'updated');
  const listed = (await items(all)).map((one) => one.metadata.name);
  for (const name of names) assert.ok(listed.includes(name));
  for (const name of names) {
    await ok('DELETE', `${all}/${name}`);
    await gone(`${all}/${name}`);
  }
});

/** What admission is asked about beside objects: reviews, token requests, and evictions before they cost anything. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ApiError } from '../../../hub/api/errors.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../../../hub/registry/registry.ts';
import { type HubApi, startHubApi } from '../../support/hub-api.ts';

describe('admission', () => {
  const seen: string[] = [];
  let refuses = '';
  let hub: HubApi;
  const witness: AdmissionPlugin = {
    name: 'Witness',
    handles: ({ info }) => info.resource !== 'poddisruptionbudgets',
    validate({ operation, info, subresource, object }: AdmissionRequest) {
      const what = `${operation} ${info.resource}${subresource === '' ? '' : `/${subresource}`}`;
      seen.push(what);
      assert.ok(object === undefined || object.kind !== undefined);
      if (what === refuses) throw new ApiError('Forbidden', 'not today');
    },
  };

  const ends: (() => Promise<void>)[] = [];
  before(async () => {
    hub = await startHubApi({ after: (end) => ends.push(end as () => Promise<void>) }, { admission: [witness] });
    await post('/api/v1/namespaces', { metadata: { name: 'default' } });
    await post('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'app' } });
  });
  after(async () => {
    for (const end of ends.reverse()) await end();
  });
  const post = (path: string, body: object) => hub.ask('POST', path, { body });

  for (const [what, path, body] of [
    [
      'CREATE subjectaccessreviews',
      '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      { spec: { user: 'ann', nonResourceAttributes: { path: '/', verb: 'get' } } },
    ],
    ['CREATE tokenreviews', '/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token: 'x' } }],
    ['CREATE selfsubjectreviews', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {}],
    ['CREATE serviceaccounts/token', '/api/v1/namespaces/default/serviceaccounts/app/token', { spec: {} }],
  ] as const) {
    it(`is asked about ${what}`, async () => {
      seen.length = 0;
      assert.equal((await post(path, body)).status, 201);
      assert.deepEqual(seen, [what]);
      refuses = what;
      const refused = await post(path, body);
      refuses = '';
      assert.equal(refused.status, 403);
      assert.equal(refused.json.message, 'not today');
    });
  }

  it('refuses an eviction before it has cost the budget anything', async () => {
    const labels = { app: 'x' };
    const spec = { containers: [{ name: 'c', image: 'x' }] };
    await post('/api/v1/namespaces/default/pods', { metadata: { name: 'p', labels }, spec });
    const running = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
    const patch = { headers: { 'content-type': 'application/merge-patch+json' } };
    const pod = '/api/v1/namespaces/default/pods/p';
    await hub.ask('PATCH', `${pod}/status`, { body: { status: running }, ...patch });
    const budget = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
    await post(budget, { metadata: { name: 'b' }, spec: { maxUnavailable: 1, selector: { matchLabels: labels } } });
    const status = { observedGeneration: 1, disruptionsAllowed: 1, currentHealthy: 1, desiredHealthy: 0 };
    const full = { ...status, expectedPods: 1 };
    assert.equal((await hub.ask('PATCH', `${budget}/b/status`, { body: { status: full }, ...patch })).status, 200);
    const left = async () => (await hub.ask('GET', `${budget}/b`)).json.status.disruptionsAllowed;
    const eviction: Partial<KubeObject> = { metadata: { name: 'p' } };
    refuses = 'DELETE pods/eviction';
    assert.equal((await post(`${pod}/eviction`, eviction)).status, 403);
    refuses = '';
    assert.equal(await left(), 1);
    assert.equal((await hub.ask('GET', pod)).json.status.conditions.length, 1, 'nor was the Pod told that it goes');
    assert.equal((await post(`${pod}/eviction`, eviction)).status, 201);
    assert.equal(await left(), 0);
  });
});

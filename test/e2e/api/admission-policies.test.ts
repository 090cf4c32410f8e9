/** Admission policies over real HTTPS: what clients are told, and that changes of policies count at once. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { customResourceDefinitions } from '../../../hub/api/custom-resource.ts';
import { systemClock } from '../../../hub/base/clock.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { createContext } from '../../../hub/controllers/context.ts';
import { createDefinitionController } from '../../../hub/controllers/definitions/definitions.ts';
import { createPolicyStatusController } from '../../../hub/controllers/policy-status.ts';
import { createConformer } from '../../../hub/kinds/conform.ts';
import { lazyTypeCheck } from '../../../hub/kinds/control/policy/lazy-policies.ts';
import { loadSchemas } from '../../../hub/kinds/load-schemas.ts';
import { createAdmission } from '../../../hub/registry/admission/create-admission.ts';
import type { AdmissionPlugin } from '../../../hub/registry/registry.ts';
import { eventually } from '../../support/eventually.ts';
import { type Answer, type HubApi, startHubApi } from '../../support/hub-api.ts';

const group = '/apis/admissionregistration.k8s.io/v1';
const configMaps = '/api/v1/namespaces/a/configmaps';
const deployments = '/apis/apps/v1/namespaces/a/deployments';
const ruleFor = (resource: string, operations = ['*'], apiGroup = ''): object => ({
  resourceRules: [{ apiGroups: [apiGroup], apiVersions: ['v1'], operations, resources: [resource] }],
});

describe('admission policies', () => {
  let hub: HubApi;
  const ends: (() => unknown)[] = [];
  after(async () => {
    for (const end of ends.reverse()) await end();
  });

  before(async () => {
    const test = { after: (end: () => unknown) => void ends.push(end) } as Parameters<typeof startHubApi>[0];
    const admission: AdmissionPlugin[] = [];
    hub = await startHubApi(test, { admission });
    const { registry } = hub;
    const schemas = loadSchemas();
    const nobody = (): Promise<never> => Promise.reject(new Error('nobody is asked here'));
    const dynamic = {
      client: { post: nobody },
      converter: { convert: nobody },
      catalogue: registry.catalogue,
      schemas,
      conformer: createConformer(schemas),
      newUid: () => crypto.randomUUID(),
      count: registry.count,
      served: registry.served,
      ready: registry.ready,
    };
    admission.push(...createAdmission({ reader: registry, clock: systemClock, random: Math.random, dynamic }));
    const context = createContext({ registry, clock: systemClock, log: silentLog, random: Math.random });
    const check = lazyTypeCheck(registry.catalogue, schemas);
    for (const controller of [createDefinitionController(context), createPolicyStatusController(context, check)]) {
      await controller.start?.();
      test.after(() => controller.stop?.());
    }
    await post('/api/v1/namespaces', { metadata: { name: 'a' } });
  });

  const post = (path: string, body: object): Promise<Answer> => hub.ask('POST', path, { body });
  const patch = (path: string, body: object): Promise<Answer> =>
    hub.ask('PATCH', path, { body, headers: { 'Content-Type': 'application/merge-patch+json' } });
  const made = async (path: string, body: object): Promise<void> => {
    const { status, text } = await post(path, body);
    assert.equal(status, 201, text);
  };
  /** A policy and its binding, which have one name. */
  const policy = async (which: 'validating' | 'mutating', name: string, spec: object, use: object): Promise<void> => {
    await made(`${group}/${which}admissionpolicies`, { metadata: { name }, spec });
    const binding = { metadata: { name }, spec: { policyName: name, ...use } };
    await made(`${group}/${which}admissionpolicybindings`, binding);
  };

  it('warn or refuse, by parameters of a custom kind, and follow every change at once', async () => {
    await made('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
      metadata: { name: 'limits.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'limits', singular: 'limit', kind: 'Limit' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object', properties: { most: { type: 'integer' } } } },
          },
        ],
      },
    });
    const limits = '/apis/example.com/v1/namespaces/a/limits';
    await eventually('the custom kind', async () => (await hub.ask('GET', limits)).status === 200);
    assert.ok(hub.registry.get(customResourceDefinitions, '', 'limits.example.com'));
    const body = { metadata: { name: 'l' }, most: 1 };
    await made(limits, { apiVersion: 'example.com/v1', kind: 'Limit', ...body });
    await policy(
      'validating',
      'few-keys',
      {
        matchConstraints: ruleFor('configmaps', ['CREATE']),
        paramKind: { apiVersion: 'example.com/v1', kind: 'Limit' },
        validations: [
          { expression: 'size(object.data) <= params.most', messageExpression: "'at most ' + string(params.most)" },
        ],
      },
      { validationActions: ['Warn'], paramRef: { name: 'l', parameterNotFoundAction: 'Deny' } },
    );
    const attempt = (): Promise<Answer> =>
      post(`${configMaps}?dryRun=All`, { metadata: { name: 'c' }, data: { a: '1', b: '2' } });
    const warned = await attempt();
    assert.equal(warned.status, 201);
    assert.equal(
      warned.headers.warning,
      `299 - "Validation failed for ValidatingAdmissionPolicy 'few-keys' with binding 'few-keys': at most 1"`,
    );
    const binding = `${group}/validatingadmissionpolicybindings/few-keys`;
    await patch(binding, { spec: { validationActions: ['Deny'] } });
    const refused = await attempt();
    assert.equal(refused.status, 422);
    assert.match(refused.json.message, /^configmaps "c" is forbidden: .* denied request: at most 1$/);
    await patch(`${limits}/l`, { most: 2 });
    assert.equal((await attempt()).status, 201);
    await hub.ask('DELETE', `${limits}/l`);
    assert.match((await attempt()).json.message, /no params found for policy binding with `Deny`/);
    await patch(binding, { spec: { paramRef: { parameterNotFoundAction: 'Allow' } } });
    assert.equal((await attempt()).status, 201);
    await hub.ask('DELETE', binding);
    assert.equal((await attempt()).headers.warning, undefined);
  });

  it('tell in their status what does not fit the types they are about', async () => {
    const path = `${group}/validatingadmissionpolicies`;
    await made(path, {
      metadata: { name: 'typed' },
      spec: {
        matchConstraints: ruleFor('deployments', ['CREATE'], 'apps'),
        validations: [{ expression: 'object.spec.replica > 1' }],
      },
    });
    const status = async () => (await hub.ask('GET', `${path}/typed`)).json.status;
    await eventually('the first check', async () => (await status()).observedGeneration === 1);
    const [warning] = (await status()).typeChecking.expressionWarnings;
    assert.equal(warning.fieldRef, 'spec.validations[0].expression');
    assert.match(warning.warning, /^apps\/v1, Kind=Deployment: ERROR: <input>:1:12: undefined field 'replica'/);
    await patch(`${path}/typed`, { spec: { validations: [{ expression: 'object.spec.replicas > 1' }] } });
    await eventually('the second check', async () => (await status()).observedGeneration === 2);
    assert.deepEqual((await status()).typeChecking, {});
  });

  it('see deletions and subresources, and change what these write', async () => {
    await policy(
      'validating',
      'keep',
      {
        matchConstraints: ruleFor('configmaps', ['DELETE']),
        validations: [{ expression: "oldObject.metadata.name != 'kept'", reason: 'Forbidden', message: 'stays' }],
      },
      { validationActions: ['Deny'] },
    );
    await made(configMaps, { metadata: { name: 'kept' } });
    await made(configMaps, { metadata: { name: 'other' } });
    const refused = await hub.ask('DELETE', `${configMaps}/kept`);
    assert.equal(refused.status, 403);
    assert.match(refused.json.message, /denied request: stays$/);
    assert.equal((await hub.ask('DELETE', `${configMaps}/other`)).status, 200);
    const capped = 'object.spec.replicas > 5 ? 5 : object.spec.replicas';
    await policy(
      'mutating',
      'cap',
      {
        matchConstraints: ruleFor('deployments/scale', ['UPDATE'], 'apps'),
        mutations: [
          {
            patchType: 'ApplyConfiguration',
            applyConfiguration: { expression: `Object{spec: Object.spec{replicas: ${capped}}}` },
          },
        ],
      },
      {},
    );
    const labels = { app: 'd' };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    await made(deployments, { metadata: { name: 'd' }, spec: { selector: { matchLabels: labels }, template } });
    const scaled = await patch(`${deployments}/d/scale`, { spec: { replicas: 9 } });
    assert.equal(scaled.json.spec.replicas, 5, scaled.text);
    assert.equal((await hub.ask('GET', `${deployments}/d`)).json.spec.replicas, 5);
  });
});

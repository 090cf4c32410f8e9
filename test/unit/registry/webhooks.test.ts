/** Admission by webhooks: who is asked about what, how often, and what their answers do. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubeObject } from '../../../hub/api/object.ts';
import { createCatalogue } from '../../../hub/kinds/catalogue.ts';
import { createConformer } from '../../../hub/kinds/conform.ts';
import { loadSchemas } from '../../../hub/kinds/load-schemas.ts';
import { Mutation } from '../../../hub/registry/admission/mutation.ts';
import { MutatingWebhooks } from '../../../hub/registry/admission/webhooks/mutating.ts';
import { ValidatingWebhooks } from '../../../hub/registry/admission/webhooks/validating.ts';
import type { AdmissionRequest } from '../../../hub/registry/registry.ts';
import { admin, configMapObject } from '../../support/objects.ts';
import { reader } from '../../support/stored.ts';

const catalogue = createCatalogue();
const conformer = createConformer(loadSchemas());
const rules = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['configmaps'] }];

// biome-ignore lint/suspicious/noExplicitAny: tests look wherever they like
type Asked = any;
type Says = (request: Asked) => object;

const add = (path: string, value: unknown): object => ({
  allowed: true,
  patchType: 'JSONPatch',
  patch: Buffer.from(JSON.stringify([{ op: 'add', path, value }])).toString('base64'),
});
const fine: Says = () => ({ allowed: true });
const failing: Says = () => {
  throw new Error('connection refused');
};

/** A webhook by its name, laid over what every one needs. */
function hook(name: string, more: object = {}): object {
  return { name, sideEffects: 'None', clientConfig: { url: name }, rules, ...more };
}

/** Plugins over these webhooks, and which of them were asked. */
function plugins(hooks: readonly object[], says: Readonly<Record<string, Says>>) {
  const asked: string[] = [];
  const bodies: Asked[] = [];
  const client = {
    async post({ config, body }: { config: { url?: string }; body: Asked }): Promise<unknown> {
      const name = config.url ?? '';
      asked.push(name);
      bodies.push(body.request);
      const response = { uid: body.request.uid, ...(says[name] ?? fine)(body.request) };
      return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response };
    },
  };
  const converter = { convert: () => Promise.reject(new Error('nothing converts here')) };
  const options = { client, catalogue, conformer, converter, newUid: () => 'u', count: () => hooks.length };
  const configuration = [{ metadata: { name: 'c' }, webhooks: hooks }];
  const world = reader({
    mutatingwebhookconfigurations: configuration,
    validatingwebhookconfigurations: configuration,
    namespaces: [{ metadata: { name: 'n', labels: { team: 'blue' } } }],
  });
  return {
    asked,
    bodies,
    mutating: new Mutation([new MutatingWebhooks(options, world)], []),
    validating: new ValidatingWebhooks(options, world),
  };
}

function requestOf(more: Partial<AdmissionRequest> & { resource?: string; group?: string; version?: string } = {}) {
  const { resource = 'configmaps', group = '', version = 'v1', ...rest } = more;
  const info = catalogue.find(group, version, resource);
  if (info === undefined) throw new Error(`no resource ${resource}`);
  const warnings: string[] = [];
  const request: AdmissionRequest = {
    operation: 'CREATE',
    info,
    subresource: '',
    namespace: 'n',
    name: 'm',
    object: configMapObject('m', { a: '1' }, 'n'),
    old: undefined,
    user: admin,
    dryRun: false,
    warn: (text) => warnings.push(text),
    ...rest,
  };
  return { request, warnings };
}

describe('admission webhooks', () => {
  it('are asked again after a later one changed something, when they want that', async () => {
    const { mutating, asked } = plugins(
      [hook('a', { reinvocationPolicy: 'IfNeeded' }), hook('b'), hook('c', { reinvocationPolicy: 'IfNeeded' })],
      { b: () => add('/data/b', 'yes') },
    );
    const { request } = requestOf();
    await mutating.mutate(request);
    assert.deepEqual(asked, ['a', 'b', 'c', 'a']);
    assert.deepEqual(request.object?.['data'], { a: '1', b: 'yes' });
  });

  it('do not wait when nobody is to be asked', () => {
    const { mutating, validating } = plugins([hook('a')], {});
    const { request } = requestOf({ resource: 'secrets' });
    assert.equal(plugins([], {}).mutating.handles(request), false);
    assert.equal(mutating.handles(request), true);
    assert.equal(mutating.mutate(request), undefined);
    assert.equal(validating.validate(request), undefined);
  });

  it('refuse with their words, and warn', async () => {
    const refuse: Says = () => ({
      allowed: false,
      status: { message: 'no', code: 402 },
      warnings: ['look'],
      auditAnnotations: { seen: 'yes', odd: 1 },
    });
    const { validating } = plugins([hook('a')], { a: refuse });
    const annotations: string[] = [];
    const { request, warnings } = requestOf({ annotate: (...annotation) => annotations.push(annotation.join('=')) });
    await assert.rejects(async () => validating.validate(request), {
      message: 'admission webhook "a" denied the request: no',
      code: 402,
    });
    assert.deepEqual(warnings, ['look']);
    assert.deepEqual(annotations, ['a/seen=yes']);
    const { validating: silent } = plugins([hook('a')], { a: () => ({ allowed: false }) });
    await assert.rejects(async () => silent.validate(request), {
      message: 'admission webhook "a" denied the request without explanation',
      code: 400,
    });
  });

  it('fail as their policy says when they cannot be asked', async () => {
    const { request } = requestOf();
    const closed = plugins([hook('a')], { a: failing });
    await assert.rejects(async () => closed.validating.validate(request), {
      message: 'Internal error occurred: failed calling webhook "a": failed to call webhook: connection refused',
    });
    const open = plugins([hook('a', { failurePolicy: 'Ignore' })], { a: failing });
    await open.validating.validate(request);
    await open.mutating.mutate(request);
    assert.deepEqual(open.asked, ['a', 'a']);
    const odd = plugins([hook('a')], { a: () => ({ uid: 'other', allowed: true }) });
    await assert.rejects(
      async () => odd.validating.validate(request),
      /invalid webhook response: expected response.uid="u"/,
    );
  });

  it('are chosen by namespace, object and conditions', async () => {
    const selected = async (more: object, about: Partial<AdmissionRequest> = {}): Promise<boolean> => {
      const { validating, asked } = plugins([hook('a', more)], {});
      await validating.validate(requestOf(about).request);
      return asked.length > 0;
    };
    const team = (value: string): object => ({ namespaceSelector: { matchLabels: { team: value } } });
    assert.equal(await selected(team('blue')), true);
    assert.equal(await selected(team('red')), false);
    const labelled = configMapObject('m', {}, 'n');
    labelled.metadata.labels = { marked: 'yes' };
    const marked = { objectSelector: { matchLabels: { marked: 'yes' } } };
    assert.equal(await selected(marked), false);
    assert.equal(await selected(marked, { object: labelled }), true);
    assert.equal(await selected(marked, { operation: 'DELETE', object: undefined, old: labelled }), true);
    const when = (expression: string): object => ({ matchConditions: [{ name: 'c', expression }] });
    assert.equal(await selected(when("request.operation == 'CREATE' && object.data.a == '1'")), true);
    assert.equal(await selected(when("request.userInfo.username == 'nobody'")), false);
    await assert.rejects(selected(when("object.nothing == '1'")), { code: 403 });
    assert.equal(await selected({ ...when("object.nothing == '1'"), failurePolicy: 'Ignore' }), false);
  });

  it('are asked in the version they know', async () => {
    const scalers = [{ apiGroups: ['autoscaling'], apiVersions: ['v1'], operations: ['*'], resources: ['*'] }];
    const object = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'm', namespace: 'n' },
      spec: { maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' } },
    } as KubeObject;
    const about = { group: 'autoscaling', version: 'v2', resource: 'horizontalpodautoscalers', object };
    const exact = plugins([hook('a', { rules: scalers, matchPolicy: 'Exact' })], {});
    assert.equal(exact.mutating.mutate(requestOf(about).request), undefined);
    const says = { a: () => add('/spec/targetCPUUtilizationPercentage', 50) };
    const { mutating, bodies } = plugins([hook('a', { rules: scalers })], says);
    const { request } = requestOf(about);
    await mutating.mutate(request);
    assert.equal(bodies[0].kind.version, 'v1');
    assert.equal(bodies[0].requestKind.version, 'v2');
    assert.equal(bodies[0].object.apiVersion, 'autoscaling/v1');
    assert.equal(request.object?.apiVersion, 'autoscaling/v2');
    const { metrics } = (request.object as KubeObject)['spec'] as { metrics: Asked[] };
    assert.equal(metrics[0].resource.target.averageUtilization, 50);
  });

  it('see the bodies of subresources, and change them', async () => {
    const scales = [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['UPDATE'], resources: ['deployments/scale'] }];
    const object = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'm', namespace: 'n' },
      spec: { replicas: 2 },
    };
    const form = {
      operation: 'UPDATE' as const,
      of: ({ metadata, spec }: KubeObject) => ({ apiVersion: 'autoscaling/v1', kind: 'Scale', metadata, spec }),
      put: (deployment: KubeObject, { spec }: KubeObject) => Object.assign(deployment, { spec }),
    };
    const { mutating, bodies } = plugins([hook('a', { rules: scales })], { a: () => add('/spec/replicas', 5) });
    const { request } = requestOf({
      group: 'apps',
      resource: 'deployments',
      operation: 'UPDATE',
      subresource: 'scale',
      object: object as KubeObject,
      options: { user: admin, manager: 'm', form },
    });
    await mutating.mutate(request);
    assert.deepEqual(bodies[0].kind, { group: 'autoscaling', version: 'v1', kind: 'Scale' });
    assert.equal(bodies[0].subResource, 'scale');
    assert.equal(request.object?.kind, 'Deployment');
    assert.deepEqual(request.object?.['spec'], { replicas: 5 });
  });

  it('see an eviction instead of a deletion', async () => {
    const evictions = [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['CREATE'], resources: ['pods/eviction'] }];
    const deletions = [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['DELETE'], resources: ['*/*'] }];
    const hooks = [hook('a', { rules: evictions }), hook('b', { rules: deletions })];
    const { validating, asked, bodies } = plugins(hooks, {});
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'm' } };
    const form = { operation: 'CREATE' as const, of: () => eviction, put: () => {} };
    const { request } = requestOf({
      resource: 'pods',
      operation: 'DELETE',
      subresource: 'eviction',
      object: undefined,
      old: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'm' } },
      options: { user: admin, manager: 'm', form },
    });
    await validating.validate(request);
    assert.deepEqual(asked, ['a']);
    assert.deepEqual(bodies[0].object, eviction);
    assert.equal(bodies[0].oldObject, null);
    assert.deepEqual(bodies[0].kind, { group: 'policy', version: 'v1', kind: 'Eviction' });
    assert.equal(bodies[0].options.kind, 'CreateOptions');
  });

  it('with side effects are not for dry runs; configurations are for no webhook', async () => {
    const { validating } = plugins([hook('a', { sideEffects: 'Some' })], {});
    await assert.rejects(async () => validating.validate(requestOf({ dryRun: true }).request), {
      message: 'admission webhook "a" does not support dry run',
    });
    const group = 'admissionregistration.k8s.io';
    const { request } = requestOf({ group, resource: 'validatingwebhookconfigurations' });
    assert.equal(validating.handles(request), false);
  });
});

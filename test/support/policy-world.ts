/** A world of policies in CEL, and Deployments that ask to be admitted in it. */
import assert from 'node:assert/strict';
import type { Access } from '../../hub/api/access.ts';
import type { KubeObject } from '../../hub/api/object.ts';
import { createCatalogue } from '../../hub/kinds/catalogue.ts';
import { createConformer } from '../../hub/kinds/conform.ts';
import { loadSchemas } from '../../hub/kinds/load-schemas.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../../hub/registry/registry.ts';
import { admin } from './objects.ts';
import { reader, type StoredObjects } from './stored.ts';

/** What the hub serves. */
export const catalogue = createCatalogue();
const schemas = loadSchemas();
const conformer = createConformer(schemas);
/** Rules that match Deployments alone. */
export const rules = [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['*'], resources: ['deployments'] }];

/** Tests look wherever they like. */
// biome-ignore lint/suspicious/noExplicitAny: that is what it is for
export type Anything = any;

/** The Deployment that asks. */
export function deployment(more: Anything = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd', namespace: 'n', labels: { app: 'x' }, ...more.metadata },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'x' } },
      template: {
        metadata: { labels: { app: 'x' } },
        spec: {
          containers: [
            { name: 'c', image: 'i', args: ['a'] },
            { name: 'e', image: 'j' },
          ],
        },
      },
      ...more.spec,
    },
  };
}

/** What is stored while it asks, and what the authorizer says. */
export interface World {
  readonly policies: readonly object[];
  readonly bindings?: readonly object[];
  readonly stored?: StoredObjects;
  readonly allowed?: (access: Access) => boolean;
}

/** What a plugin is made with. */
export function optionsOf({ policies, bindings = [bound('p')], stored = {}, allowed = () => true }: World) {
  const world = reader({
    namespaces: [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n', labels: { team: 'blue' } } }],
    validatingadmissionpolicies: policies,
    validatingadmissionpolicybindings: bindings,
    mutatingadmissionpolicies: policies,
    mutatingadmissionpolicybindings: bindings,
    ...stored,
  });
  const options = {
    catalogue,
    schemas,
    conformer,
    converter: { convert: () => Promise.reject(new Error('nothing converts here')) },
    count: () => bindings.length,
    served: (_: unknown, entry: { object(): KubeObject }) => entry.object(),
    ready: () => undefined,
    authorize: (access: Access) => ({ allowed: allowed(access), reason: allowed(access) ? '' : 'no rule' }),
  };
  return { options, world };
}

/** A policy about Deployments that refuses what it cannot judge. */
export const policy = (spec: object, name = 'p'): object => ({
  metadata: { name },
  spec: { failurePolicy: 'Fail', matchConstraints: { resourceRules: rules }, ...spec },
});

/** A binding that denies. */
export const bound = (policyName: string, more: object = {}, name = 'b'): object => ({
  metadata: { name },
  spec: { policyName, validationActions: ['Deny'], ...more },
});

/** What came of a request. */
export interface Outcome {
  object: KubeObject | undefined;
  warnings: string[];
  annotations: Record<string, string>;
}

/** Sends the Deployment, or what `more` says, through a plugin that has to be interested. */
export async function asked(plugin: AdmissionPlugin, more: Partial<AdmissionRequest> = {}): Promise<Outcome> {
  const info = more.info ?? catalogue.find('apps', 'v1', 'deployments');
  assert(info);
  const warnings: string[] = [];
  const annotations: Record<string, string> = {};
  const request: AdmissionRequest = {
    operation: 'CREATE',
    info,
    subresource: '',
    namespace: 'n',
    name: 'd',
    object: deployment(),
    old: undefined,
    user: admin,
    dryRun: false,
    warn: (text) => warnings.push(text),
    annotate: (key, value) => Object.assign(annotations, { [key]: value }),
    ...more,
  };
  assert.equal(plugin.handles(request), true);
  await plugin.mutate?.(request);
  await plugin.validate?.(request);
  return { object: request.object, warnings, annotations };
}

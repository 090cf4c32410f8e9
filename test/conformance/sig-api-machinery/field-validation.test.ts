/** Strict reading of typed objects. */
import assert from 'node:assert/strict';
import { apps, workload } from '../objects.ts';
import { conformance } from '../suite.ts';

/** A Deployment as text, with `extra` in its metadata and in its spec. */
function deploymentText(metadata: string, spec: string): string {
  const text = JSON.stringify(workload('Deployment', 'strict', { replicas: 1 }));
  return text
    .replace('"metadata":{', `"metadata":{${metadata}`)
    .replace('"spec":{"replicas":1,', `"spec":{"replicas":1,${spec}`);
}

conformance('[sig-api-machinery] field_validation.go: typed unknown and duplicate fields', async (cluster) => {
  const body = deploymentText('', '"unknownField":"x","replicas":2,');
  const { status, body: answer } = await cluster.api(
    'POST',
    `${apps(cluster, 'deployments')}?fieldValidation=Strict`,
    body,
  );
  assert.equal(status, 400);
  assert.match(
    answer['message'],
    /strict decoding error: unknown field "spec.unknownField", duplicate field "spec.replicas"/,
  );
});

conformance('[sig-api-machinery] field_validation.go: typed unknown metadata', async (cluster) => {
  const body = deploymentText('"unknownMeta":"foo",', '');
  const { status, body: answer } = await cluster.api(
    'POST',
    `${apps(cluster, 'deployments')}?fieldValidation=Strict`,
    body,
  );
  assert.equal(status, 400);
  assert.match(answer['message'], /strict decoding error: unknown field "metadata.unknownMeta"/);
});

/** What access reviews say is what happens. */
import assert from 'node:assert/strict';
import { core } from '../objects.ts';
import { conformance } from '../suite.ts';

const group = '/apis/authorization.k8s.io/v1';

conformance('[sig-auth] subjectreviews.go: SubjectAccessReview', async (cluster) => {
  const { api, namespace, ok } = cluster;
  const user = `system:serviceaccount:${namespace}:e2e`;
  await ok('POST', core(cluster, 'serviceaccounts'), {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'e2e' },
  });
  const agree = async (allowed: boolean): Promise<void> => {
    for (const [kind, path] of [
      ['SubjectAccessReview', `${group}/subjectaccessreviews`],
      ['LocalSubjectAccessReview', `${group}/namespaces/${namespace}/localsubjectaccessreviews`],
    ] as const) {
      const { status } = await ok('POST', path, {
        apiVersion: 'authorization.k8s.io/v1',
        kind,
        metadata: { namespace },
        spec: { user, resourceAttributes: { verb: 'list', resource: 'configmaps', namespace, version: 'v1' } },
      });
      assert.equal(status.allowed, allowed, kind);
    }
    const headers = { 'impersonate-user': user };
    const answer = await api('GET', core(cluster, 'configmaps'), undefined, { headers });
    assert.equal(answer.status, allowed ? 200 : 403);
  };
  await agree(false);
  await ok('POST', `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'view' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'ServiceAccount', name: 'e2e', namespace }],
  });
  await agree(true);
});

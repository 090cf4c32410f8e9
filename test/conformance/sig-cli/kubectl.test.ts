/** kubectl as people use it. */
import assert from 'node:assert/strict';
import { conformance } from '../suite.ts';

conformance('[sig-cli] kubectl.go: api-versions', async ({ kubectl }) => {
  assert.match(kubectl(['api-versions']), /^v1$/m);
});

conformance('[sig-cli] kubectl.go: cluster-info', async ({ kubectl }) => {
  assert.match(kubectl(['cluster-info']), /Kubernetes control plane.* is running at/);
});

conformance('[sig-cli] kubectl.go: version', async ({ kubectl }) => {
  const text = kubectl(['version']);
  assert.match(text, /Client Version/);
  assert.match(text, /Server Version: v1\.36\.0\+coracle/);
});

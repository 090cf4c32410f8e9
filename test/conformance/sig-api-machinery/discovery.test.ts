/** Discovery: groups, versions, resources, in the plain and the aggregated form. */
import assert from 'node:assert/strict';
import { type Cluster, conformance } from '../suite.ts';

interface Group {
  name: string;
  versions: { groupVersion: string; version: string }[];
  preferredVersion: { groupVersion: string };
}

/** Groups of this hub without those of other tests, whose kinds come and go meanwhile. */
async function lasting(api: Cluster['api']): Promise<Group[]> {
  const { body } = await api<{ groups: Group[] }>('GET', '/apis');
  return body.groups.filter(({ name }) => !name.endsWith('.example.com'));
}

conformance('[sig-api-machinery] discovery.go: locate groupVersion and a resource', async ({ api }) => {
  const groups = await lasting(api);
  assert.ok(groups.length > 15);
  for (const { groupVersion } of groups.flatMap((group) => group.versions)) {
    const list = await api<{ groupVersion: string; resources: { name: string; kind: string }[] }>(
      'GET',
      `/apis/${groupVersion}`,
    );
    assert.equal(list.body.groupVersion, groupVersion);
    assert.ok(
      list.body.resources.some((resource) => resource.name !== '' && resource.kind !== ''),
      groupVersion,
    );
  }
});

conformance('[sig-api-machinery] discovery.go: validate PreferredVersion', async ({ api }) => {
  for (const { name } of await lasting(api)) {
    const group = (await api<Group>('GET', `/apis/${name}`)).body;
    assert.ok(
      group.versions.some((version) => version.groupVersion === group.preferredVersion.groupVersion),
      name,
    );
  }
});

conformance('[sig-api-machinery] server_version.go: server version', async ({ api }) => {
  const { body } = await api<{ major: string; minor: string }>('GET', '/version');
  assert.match(body.major, /^\d+$/);
  assert.match(body.minor, /^\d+$/);
});

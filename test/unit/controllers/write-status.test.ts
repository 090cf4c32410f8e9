/** How controllers write a status: only what is new, only onto the object it was found for, and never lost in silence. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError, isConflict } from '../../../hub/api/errors.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import { jobs } from '../../../hub/api/resource.ts';
import { writeStatus } from '../../../hub/controllers/write-status.ts';
import type { Entry, Registry } from '../../../hub/registry/registry.ts';

const writer = { user: { name: 'c', groups: [] }, manager: 'm' };
const owner = { ref: jobs, namespace: 'n', name: 'j', uid: 'u' };

/** A registry with one Job, as `get` and `modify` see it; they differ when it is made anew in between. */
function holding(seen: { uid: string; status?: object } | undefined, newer = seen) {
  const jobOf = ({ uid, status }: { uid: string; status?: object }): KubeObject => ({
    ...{ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'j', uid } },
    ...(status === undefined ? {} : { status }),
  });
  const written: unknown[] = [];
  const registry = {
    get: () => (seen === undefined ? undefined : { uid: seen.uid, object: () => jobOf(seen) }) as Entry | undefined,
    async modify(_ref: unknown, _namespace: string, _name: string, mutate: (now: KubeObject) => void) {
      if (newer === undefined) throw new ApiError('NotFound', 'gone');
      const job = jobOf(newer);
      mutate(job);
      written.push(job.status);
    },
  } as unknown as Pick<Registry, 'get' | 'modify'>;
  return { registry, written };
}

describe('a status', () => {
  it('is written when it says something new', async () => {
    const { registry, written } = holding({ uid: 'u', status: { active: 1 } });
    await writeStatus(registry, owner, { active: 1 }, writer);
    assert.deepEqual(written, []);
    await writeStatus(registry, owner, { active: 2 }, writer);
    assert.deepEqual(written, [{ active: 2 }]);
  });

  it('is not written onto another object of that name', async () => {
    const other = holding({ uid: 'other' });
    await writeStatus(other.registry, owner, { active: 2 }, writer);
    assert.deepEqual(other.written, []);
    const replaced = holding({ uid: 'u' }, { uid: 'other' });
    await writeStatus(replaced.registry, owner, { active: 2 }, writer);
    assert.deepEqual(replaced.written, [undefined]);
  });

  it('of an object that is gone is nobody’s', async () => {
    await writeStatus(holding(undefined).registry, owner, { active: 2 }, writer);
    const gone = holding({ uid: 'u' });
    gone.registry.modify = () => Promise.reject(new ApiError('NotFound', 'gone'));
    await writeStatus(gone.registry, owner, { active: 2 }, writer);
  });

  it('that meets a conflict is an error, so that nobody goes on as if it were written', async () => {
    const { registry } = holding({ uid: 'u' });
    registry.modify = () => Promise.reject(new ApiError('Conflict', 'changed meanwhile'));
    await assert.rejects(writeStatus(registry, owner, { active: 2 }, writer), isConflict);
  });
});

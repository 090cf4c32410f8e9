/** What a container mounts of the Pod's volumes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { placeMounts, plannedMounts } from '../../../agent/pods/container/mounts.ts';
import { RuntimeError } from '../../../agent/runtime/runtime.ts';
import { type PlacedVolume, VolumeError, type Volumes } from '../../../agent/volumes/volumes.ts';
import type { VolumeMount } from '../../../hub/api/container.ts';
import { shellContainer, shellPod } from '../../support/shell-pod.ts';

const placed: ReadonlyMap<string, PlacedVolume> = new Map([
  ['data', { path: '/node/data', readOnly: false }],
  ['config', { path: '/node/config', readOnly: true }],
]);

function planned(mount: Partial<VolumeMount>, environment: Record<string, string> = {}) {
  const container = shellContainer('x', { volumeMounts: [{ name: 'data', mountPath: '/data', ...mount }] });
  const pod = shellPod({ spec: { containers: [container], volumes: [{ name: 'late', emptyDir: {} }] } });
  return plannedMounts(pod, container, placed, environment);
}

function refused(message: string | RegExp, mount: Partial<VolumeMount>, environment?: Record<string, string>): void {
  assert.throws(
    () => planned(mount, environment),
    (error) => {
      assert.ok(error instanceof RuntimeError);
      assert.equal(error.reason, 'CreateContainerConfigError');
      if (typeof message === 'string') assert.equal(error.message, message);
      else assert.match(error.message, message);
      return true;
    },
  );
}

describe('mounts of a container', () => {
  it('are read-only where the volume or the container says so', () => {
    const readOnly = (mount: Partial<VolumeMount>): boolean | undefined => planned(mount)[0]?.mount.readOnly;
    assert.deepEqual(
      [readOnly({}), readOnly({ readOnly: true }), readOnly({ name: 'config', readOnly: false })],
      [false, true, true],
    );
    assert.equal(planned({ mountPath: 'relative' })[0]?.mount.containerPath, '/relative');
  });

  it('have the part of the volume their subPathExpr expands to', () => {
    const [mount] = planned({ subPathExpr: '$(POD)/$$(x)/logs' }, { POD: 'web-1' });
    assert.equal(mount?.subPath, 'web-1/$(x)/logs');
  });

  it('are refused in a kubelet’s words when that part cannot be', () => {
    refused('missing value for ALSO, NONE', { subPathExpr: '$(NONE)/$(ALSO)' }, { ALSO: '' });
    refused('error SubPath `/tmp` must not be an absolute path', { subPathExpr: '$(P)' }, { P: '/tmp' });
    refused("unable to provision SubPath `a/..`: must not contain '..'", { subPathExpr: 'a/$(P)' }, { P: '..' });
    refused('volume "late" is not ready', { name: 'late' });
    refused(/is not one of the Pod's volumes$/, { name: 'none' });
  });

  it('tell nothing of the node when a part leads astray', async () => {
    const volumes = {
      subPath: async () => {
        throw new VolumeError('/secret/place leads out');
      },
    } as unknown as Volumes;
    await assert.rejects(placeMounts(volumes, 'u', 'main', planned({ subPath: 'a' }), placed), {
      reason: 'CreateContainerConfigError',
      message: 'failed to prepare subPath for volumeMount "data" of container "main"',
    });
  });
});

/** Which images are where, and when one has been pulled. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { listImages } from '../../../agent/cli/images/image-list.ts';
import { pulled } from '../../../agent/cli/images/prepull.ts';
import { Failure } from '../../../agent/cli/failure.ts';
import type { Node } from '../../../hub/api/node.ts';
import type { Pod } from '../../../hub/api/pod.ts';

const node = (name: string, images: object[]): Node => ({ metadata: { name }, status: { images } }) as unknown as Node;
const pod = (state: object | undefined, phase = 'Pending'): Pick<Pod, 'status'> =>
  ({ status: { phase, ...(state === undefined ? {} : { containerStatuses: [{ state }] }) } }) as unknown as Pod;

describe('images', () => {
  it('are listed once, with the nodes that have them', () => {
    const digest = 'app@sha256:1';
    assert.deepEqual(
      listImages([
        node('a', [{ names: [digest, 'app:1'], sizeBytes: 5 }, { names: ['zoo:1'], sizeBytes: 1 }, { names: [] }]),
        node('b', [{ names: ['app:1'], sizeBytes: 6 }]),
      ]),
      [
        { name: 'app:1', size: 6, nodes: ['a', 'b'] },
        { name: 'zoo:1', size: 1, nodes: ['a'] },
      ],
    );
  });

  it('are pulled once their container fails to start, and not before', () => {
    assert.equal(pulled(pod(undefined)), false);
    assert.equal(pulled(pod({ waiting: { reason: 'ContainerCreating' } })), false);
    assert.equal(pulled(pod({ waiting: { reason: 'RunContainerError' } })), true);
    assert.equal(pulled(pod({ terminated: { reason: 'StartError', exitCode: 128 } }, 'Failed')), true);
    const refused = pulled(pod({ waiting: { reason: 'ErrImagePull', message: 'no such image' } }));
    assert.ok(refused instanceof Failure && refused.message === 'no such image');
    assert.ok(pulled(pod(undefined, 'Failed')) instanceof Failure);
  });
});

/** An agent that is killed at any step of a Pod's life: the next one ends up where the first was going, and nothing happens twice. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Container } from '../../../hub/api/container.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import { HollowNode } from '../../support/hollow-node.ts';
import { shellContainer, shellPod } from '../../support/shell-pod.ts';

/** What an agent does to the world, as far as a crash in between matters. */
const effects = [
  'ensureSandbox',
  'stopSandbox',
  'removeSandbox',
  'startContainer',
  'stopContainer',
  'removeContainer',
  'save',
  'remove',
] as const;

/** Lets `left` effects through, then nothing any more: the caller never hears of it, as a killed process hears nothing. */
class Guillotine {
  left: number;
  /** The last effect still happens, only its answer is lost. */
  readonly after: boolean;

  constructor(left: number, after: boolean) {
    this.left = left;
    this.after = after;
  }

  over<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (object, name) => {
        const value: unknown = Reflect.get(object, name, object);
        if (typeof value !== 'function') return value;
        if (!effects.includes(name as never)) return value.bind(object);
        return async (...parameters: unknown[]): Promise<unknown> => {
          this.left -= 1;
          const falls = this.left < 0;
          if (!falls || (this.after && this.left === -1)) await value.apply(object, parameters);
          return falls ? new Promise(() => {}) : undefined;
        };
      },
    });
  }
}

const hooked: Partial<Container> = { lifecycle: { postStart: { exec: { command: ['true'] } } } };

function pod(): Pod {
  return shellPod({
    spec: {
      initContainers: [
        shellContainer('exit 0', { name: 'init' }),
        shellContainer('x', { name: 'side', restartPolicy: 'Always' }),
      ],
      containers: [shellContainer('x', { name: 'a', ...hooked }), shellContainer('x', { name: 'b' })],
    },
  });
}

const newNode = (): HollowNode =>
  new HollowNode({ script: ({ name }) => (name === 'init' ? { exitAfter: 1, exitCode: 0 } : {}) });

/** Runs `node` with an agent that dies after `count` effects; true when it died at all. */
async function dies(node: HollowNode, count: number, after: boolean): Promise<boolean> {
  const blade = new Guillotine(count, after);
  await node.launch({
    runtime: blade.over(node.runtime),
    checkpoints: blade.over(node.checkpoints),
    report: (report) => void (blade.left >= 0 && node.reports.push(report)),
  });
  for (let round = 0; round < 12 && blade.left >= 0; round++) {
    node.clock.advance(10);
    for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
  return blade.left < 0;
}

const starts = (node: HollowNode): string[] => node.runtime.calls.filter((call) => call.startsWith('start ')).sort();

for (const after of [false, true]) {
  describe(`an agent killed ${after ? 'after' : 'before'} any effect`, () => {
    it('of a start starts nothing twice', async () => {
      let killed = 0;
      for (let count = 0; ; count++) {
        const node = newNode();
        const one = pod();
        await node.held.apply({ upserts: [one] as never, deletions: [] });
        if (!(await dies(node, count, after))) break;
        killed += 1;
        await node.start();
        await node.pass(3);
        assert.deepEqual(
          starts(node),
          ['start a#0', 'start b#0', 'start init#0', 'start side#0'],
          `after ${count} effects`,
        );
        const status = node.status(one);
        assert.equal(status?.phase, 'Running');
        assert.deepEqual(
          status?.containerStatuses?.map(({ restartCount, ready }) => [restartCount, ready]),
          [
            [0, true],
            [0, true],
          ],
        );
        assert.equal(node.runtime.calls.filter((call) => call.startsWith('sandbox')).length, 1);
      }
      assert.ok(killed > 10, `${killed} steps`);
    });

    it('of an end leaves nothing', async () => {
      let killed = 0;
      for (let count = 0; ; count++) {
        const node = newNode();
        const one = pod();
        await node.held.apply({ upserts: [one] as never, deletions: [] });
        await node.start();
        await node.pass(3);
        await node.pods?.stop?.();
        const deletion = { deletionTimestamp: '2026-01-01T00:00:40Z', deletionGracePeriodSeconds: 30 };
        await node.held.apply({
          upserts: [{ ...one, metadata: { ...one.metadata, ...deletion } }] as never,
          deletions: [],
        });
        if (!(await dies(node, count, after))) break;
        killed += 1;
        await node.start();
        await node.pass(3);
        const { sandboxes, containers } = await node.runtime.list();
        assert.deepEqual(
          [sandboxes.length, containers.length, [...node.checkpoints.all()].length],
          [0, 0, 0],
          `after ${count}`,
        );
        assert.equal(node.reports.at(-1)?.gone, true);
        assert.equal(starts(node).length, 4);
      }
      assert.ok(killed > 5, `${killed} steps`);
    });
  });
}

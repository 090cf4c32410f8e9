/** Static Pods between their files, the workers of Pods and the hub's mirrors. */
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { openStaticPods, type StaticPods } from '../../../agent/pods/static/static-pods.ts';
import { openManifests } from '../../../agent/state/manifests.ts';
import type { EventReport, PodReport } from '../../../hub/api/link.ts';
import type { KubeObject } from '../../../hub/api/object.ts';
import type { Pod } from '../../../hub/api/pod.ts';
import { systemClock } from '../../../hub/base/clock.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { eventually } from '../../support/eventually.ts';
import { MemoryCheckpoints, MemoryHeld } from '../../support/memory-held.ts';
import { shellPod } from '../../support/shell-pod.ts';
import { tempDir } from '../../support/temp-dir.ts';

const manifest = (name: string, script = 'serve'): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers: [{ name: 'main', image: 'i:1', command: [script] }] },
  });

interface World {
  readonly dir: string;
  readonly held: MemoryHeld;
  readonly checkpoints: MemoryCheckpoints;
  readonly statics: StaticPods;
  readonly reports: PodReport[];
  /** Names of the static Pods the hub was told of, each time. */
  readonly told: string[][];
  readonly events: EventReport[];
  /** What workers were given and had taken away. */
  readonly heard: string[];
  /** The uid of the newest Pod of that name that workers were given. */
  uidOf(name: string): string;
}

async function world(
  test: TestContext,
  options: { dir?: string; checkpoints?: MemoryCheckpoints } = {},
): Promise<World> {
  const dir = options.dir ?? tempDir(test);
  const held = new MemoryHeld();
  const checkpoints = options.checkpoints ?? new MemoryCheckpoints();
  const reports: PodReport[] = [];
  const told: string[][] = [];
  const events: EventReport[] = [];
  const statics = await openStaticPods({
    node: 'n1',
    manifests: openManifests({ dir, clock: systemClock }),
    held,
    checkpoints,
    report: (report) => reports.push(report),
    reportStatics: (pods) => told.push(pods.map(({ metadata }) => metadata.name ?? '')),
    reportEvent: (event) => events.push(event),
    clock: systemClock,
    log: silentLog,
  });
  const heard: string[] = [];
  const uids = new Map<string, string>();
  const met = ({ metadata }: KubeObject): void => {
    heard.push(`+${metadata.name}`);
    uids.set(metadata.name ?? '', metadata.uid ?? '');
  };
  statics.held.subscribe(({ upserts, deletions }) => {
    for (const object of upserts) met(object);
    for (const key of deletions) heard.push(`-${key.split('/')[2]}`);
  });
  for (const object of statics.held.all('pods')) met(object);
  await statics.start?.();
  test.after(() => statics.stop?.());
  const uidOf = (name: string): string => uids.get(name) ?? '';
  return { dir, held, checkpoints, statics, reports, told, events, heard, uidOf };
}

const running = { phase: 'Running' };

/** What the hub makes of a static Pod. */
function mirror(name: string, hash: string, uid: string): KubeObject {
  const annotations = { 'kubernetes.io/config.mirror': hash, 'kubernetes.io/config.hash': hash };
  return shellPod({ metadata: { name, namespace: 'default', uid, annotations } }) as unknown as KubeObject;
}

describe('static Pods', () => {
  it('are given to workers at once, and come and go with their files', async (test) => {
    const dir = tempDir(test);
    writeFileSync(join(dir, 'a.yaml'), manifest('a'));
    writeFileSync(join(dir, '.hidden'), manifest('hidden'));
    mkdirSync(join(dir, 'below'));
    const { heard, told, uidOf, statics } = await world(test, { dir });
    assert.deepEqual([heard, told], [['+a-n1'], [['a-n1']]]);
    writeFileSync(join(dir, 'b.json'), manifest('b'));
    await eventually('the other', () => heard.includes('+b-n1'));
    rmSync(join(dir, 'a.yaml'));
    await eventually('the end', () => heard.includes('-a-n1'));
    assert.deepEqual(told.at(-1)?.sort(), ['a-n1', 'b-n1'], 'the hub is told of it until nothing is left');
    statics.report({ namespace: 'default', name: 'a-n1', uid: uidOf('a-n1'), gone: true });
    assert.deepEqual(told.at(-1), ['b-n1']);
    assert.deepEqual(heard, ['+a-n1', '+b-n1', '-a-n1']);
  });

  it('tell the hub that there are none', async (test) => {
    const { told } = await world(test);
    assert.deepEqual(told, [[]]);
  });

  it('begin anew when their file changed, after nothing of them is left', async (test) => {
    const dir = tempDir(test);
    writeFileSync(join(dir, 'a.yaml'), manifest('a'));
    const { heard, uidOf, statics } = await world(test, { dir });
    const before = uidOf('a-n1');
    writeFileSync(join(dir, 'a.yaml'), manifest('a', 'other'));
    await eventually('the end', () => heard.includes('-a-n1'));
    assert.deepEqual(heard, ['+a-n1', '-a-n1']);
    statics.report({ namespace: 'default', name: 'a-n1', uid: before, gone: true });
    assert.deepEqual(heard, ['+a-n1', '-a-n1', '+a-n1']);
    assert.notEqual(uidOf('a-n1'), before);
  });

  it('come with a directory that comes later, and go with it', async (test) => {
    const above = tempDir(test);
    const dir = join(above, 'not', 'yet');
    const { heard } = await world(test, { dir });
    const ready = join(above, 'ready');
    mkdirSync(ready);
    writeFileSync(join(ready, 'a.yaml'), manifest('a'));
    mkdirSync(join(above, 'not'));
    renameSync(ready, dir);
    await eventually('the Pod', () => heard.includes('+a-n1'));
    writeFileSync(join(dir, 'b.yaml'), manifest('b'));
    await eventually('the other', () => heard.includes('+b-n1'));
    rmSync(join(above, 'not'), { recursive: true });
    await eventually('their end', () => heard.includes('-a-n1') && heard.includes('-b-n1'));
  });

  it('show their state under the mirror, whichever the hub has', async (test) => {
    const dir = tempDir(test);
    writeFileSync(join(dir, 'a.yaml'), manifest('a'));
    const { held, statics, reports, heard, uidOf } = await world(test, { dir });
    const uid = uidOf('a-n1');
    const own = { namespace: 'default', name: 'a-n1' };
    statics.report({ ...own, uid, status: running });
    assert.equal(reports.length, 0);
    await held.apply({ upserts: [mirror('a-n1', uid, 'm-1')], deletions: [] });
    assert.deepEqual(reports, [{ ...own, uid: 'm-1', status: running }]);
    assert.deepEqual([statics.ownUid('m-1'), statics.shownUid(uid), statics.ownUid('x')], [uid, 'm-1', 'x']);
    await held.apply({ upserts: [mirror('a-n1', uid, 'm-2')], deletions: ['pods/default/a-n1/m-1'] });
    statics.report({ ...own, uid, status: { phase: 'Failed' } });
    assert.deepEqual(
      reports.map((report) => `${report.uid} ${report.status?.phase}`),
      ['m-1 Running', 'm-2 Running', 'm-2 Failed'],
    );
    assert.deepEqual(
      heard.filter((word) => word.startsWith('+')),
      ['+a-n1'],
      'no worker meets a mirror',
    );
  });

  it('leave the Pods of the hub as they are', async (test) => {
    const { held, statics, reports, heard } = await world(test);
    const pod = shellPod({ metadata: { uid: 'u-1' } }) as unknown as KubeObject & Pod;
    await held.apply({ upserts: [pod], deletions: [] });
    assert.deepEqual(heard, [`+${pod.metadata.name}`]);
    statics.report({ namespace: 'default', name: 'web', uid: 'u-1', gone: true });
    assert.equal(reports[0]?.gone, true);
  });

  it('end that an agent before this one ran and whose file is gone or changed', async (test) => {
    const dir = tempDir(test);
    writeFileSync(join(dir, 'a.yaml'), manifest('a'));
    writeFileSync(join(dir, 'b.yaml'), manifest('b'));
    const checkpoints = new MemoryCheckpoints();
    const first = await world(test, { dir, checkpoints });
    const uids = ['a-n1', 'b-n1'].map((name) => first.uidOf(name));
    for (const [index, uid] of uids.entries())
      await checkpoints.save({
        uid,
        namespace: 'default',
        name: index === 0 ? 'a-n1' : 'b-n1',
        startTime: 0,
        containers: {},
      });
    await first.statics.stop?.();
    writeFileSync(join(dir, 'b.yaml'), manifest('b', 'other'));
    const { heard, statics, told, uidOf } = await world(test, { dir, checkpoints });
    assert.deepEqual(heard, ['+a-n1', '+b-n1', '-b-n1'], 'what is left is handed over to be ended');
    assert.equal(uidOf('a-n1'), uids[0]);
    assert.deepEqual(told.at(-1), ['a-n1']);
    statics.report({ namespace: 'default', name: 'b-n1', uid: uids[1] ?? '', gone: true });
    assert.deepEqual(heard.slice(3), ['+b-n1']);
    assert.notEqual(uidOf('b-n1'), uids[1]);
  });

  it('that are none are told once, with file and cause', async (test) => {
    const dir = tempDir(test);
    writeFileSync(join(dir, 'a.yaml'), manifest('a'));
    writeFileSync(join(dir, 'copy.yaml'), manifest('a', 'other'));
    writeFileSync(join(dir, 'huge.yaml'), 'x'.repeat(1024 * 1024 + 1));
    writeFileSync(join(dir, 'words.yaml'), 'words');
    const { events, heard } = await world(test, { dir });
    const told = (): string[] => events.map(({ message }) => message);
    const first = [
      'static Pod manifest copy.yaml: the Pod default/a-n1 is in a.yaml already',
      'static Pod manifest huge.yaml: larger than 1048576 bytes',
      'static Pod manifest words.yaml: Pod is not an object',
    ];
    assert.deepEqual(told(), first);
    assert.deepEqual([events[0]?.regarding.kind, events[0]?.regarding.name], ['Node', 'n1']);
    writeFileSync(join(dir, 'words.yaml'), 'kind: Pod');
    await eventually('the next cause', () => events.length > first.length);
    assert.deepEqual(told().slice(first.length), ['static Pod manifest words.yaml: Pod.apiVersion is not one of v1']);
    assert.deepEqual(heard, ['+a-n1']);
  });
});

/** What an agent that was killed has made outside its own directory for a Pod that never began goes when the next one starts. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { createCriRuntime } from '../../../agent/runtime/cri/cri.ts';
import { containerLabels } from '../../../agent/runtime/cri/labels.ts';
import { systemClock } from '../../../hub/base/clock.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { startFakeCri } from '../../support/fake-cri.ts';
import { anyPod } from '../../support/runtime-objects.ts';
import { tempDir } from '../../support/temp-dir.ts';

it('log directories of this agent go where the runtime has nothing of the Pod; those of others stay', async (test) => {
  const dir = tempDir(test);
  const endpoint = join(dir, 'socket');
  const [state, logs, alive] = [join(dir, 'state'), join(dir, 'logs'), anyPod()];
  const fake = await startFakeCri(endpoint, { events: true });
  const runtime = await createCriRuntime({
    ...{ endpoint, dir: state, podLogsDir: logs, cgroupRoot: join(dir, 'cgroup') },
    ...{ addresses: () => [], clock: systemClock, log: silentLog },
  });
  test.after(async () => {
    await runtime.stop();
    await fake.stop();
  });
  for (const uid of ['gone', alive.uid]) mkdirSync(join(state, 'messages', uid), { recursive: true });
  for (const uid of ['gone', alive.uid, 'foreign'])
    mkdirSync(join(logs, `default_p_${uid}`, 'main'), { recursive: true });
  const agent = readFileSync(join(state, 'instance'), 'utf8').trim();
  const labels = containerLabels(agent, { pod: alive, name: 'main', id: 'id1' });
  fake.containers.set('cri1', { state: 'CONTAINER_RUNNING', labels });
  await runtime.start();
  assert.deepEqual(readdirSync(logs).sort(), [`default_p_${alive.uid}`, 'default_p_foreign'].sort());
  assert.deepEqual(readdirSync(join(state, 'messages')), [alive.uid]);
});

/** A daemon whose starter was interrupted: it ends, says why, and leaves nothing open. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

const program = `
import { once } from 'node:events';
import { runDaemon } from ${JSON.stringify(new URL('../../../hub/base/daemon.ts', import.meta.url).href)};
await runDaemon({
  runFile: '/dev/null/run.json',
  withParent: false,
  async start(progress) {
    process.on('message', () => {}); // keeps the channel, and this process, open
    process.send('starting');
    await once(process, 'disconnect');
    progress('on its way');
    return { ports: {}, stop: async () => process.stderr.write('stopped what it had\\n') };
  },
});
`;

test('a daemon ends when the command that started it goes before it is ready', async () => {
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await once(child, 'message');
  const ended = Promise.all([once(child, 'exit'), once(child.stderr ?? child, 'end')]);
  child.disconnect();
  assert.deepEqual((await ended)[0], [1, null]);
  assert.equal(said, 'stopped what it had\nstopped: the command that started it was interrupted\n');
});

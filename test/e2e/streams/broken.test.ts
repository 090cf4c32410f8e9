/** Streams whose client, node or hub goes away: everybody learns of it, and nothing is left over. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startHub, type TestHub } from '../../support/coracle.ts';
import { eventually } from '../../support/eventually.ts';
import { ended, type Speaker, speakers, startKubectl } from '../../support/live-kubectl.ts';
import { isAlive, processesOf } from '../../support/processes.ts';
import { ready, shellPod } from '../../support/stream-pods.ts';

describe('a broken stream', () => {
  let hub: TestHub;

  before(async () => {
    hub = await startHub(['--runtime', 'process']);
    await ready(hub, shellPod('p', { main: 'while sleep 0.2; do echo tick; done' }));
  });
  after(() => hub?.stop());

  /** The pid of a command in the Pod that never ends, once it runs. */
  async function begin(speaker: Speaker, flags: string[], script: string) {
    const child = startKubectl(speaker, hub.dir, ['exec', ...flags, 'p', '--', 'sh', '-c', `echo pid $$; ${script}`]);
    let seen = '';
    child.stdout.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
    });
    const end = ended(child);
    const pid = await eventually('the command', () => Number(/pid (\d+)/.exec(seen)?.[1]) || undefined);
    return { child, end, pid };
  }

  const open = async (): Promise<string | undefined> =>
    /apiserver_longrunning_requests\{[^}]*verb="CONNECT"[^}]*\} (\d+)/.exec(
      await hub.kubectl(['get', '--raw', '/metrics']),
    )?.[1];
  const noneOpen = (): Promise<unknown> => eventually('no open stream', async () => (await open()) === '0');

  for (const speaker of speakers) {
    it(`ends the command when kubectl is killed (${speaker.title})`, async () => {
      for (const script of ['exec sleep 1000', 'yes | cat', 'exec sleep 1000 <&-']) {
        const { child, pid } = await begin(speaker, ['-i'], script);
        child.stdin.write(Buffer.alloc(100_000));
        child.kill('SIGKILL');
        await eventually(`"${script}" to end`, () => !isAlive(pid));
      }
      await noneOpen();
    });

    it(`ends a command that does not read all it is sent when kubectl is killed (${speaker.title})`, async () => {
      const { child, pid } = await begin(speaker, ['-i'], 'exec sleep 1000');
      for (let piece = 0; piece < 500; piece += 1) child.stdin.write(Buffer.alloc(100_000));
      let last = { length: 0, at: Date.now() };
      await eventually('kubectl to be held back', () => {
        const { writableLength: length } = child.stdin;
        if (length !== last.length) last = { length, at: Date.now() };
        return length > 0 && Date.now() - last.at > 1000;
      });
      child.kill('SIGKILL');
      await eventually('the command to end', () => !isAlive(pid), 20_000);
      await noneOpen();
    });

    it(`ends kubectl with an error and the command too when the agent is killed (${speaker.title})`, async () => {
      const { end, pid } = await begin(speaker, ['-i'], 'exec sleep 1000');
      const forwarded = startKubectl(speaker, hub.dir, ['port-forward', 'pod/p', ':1']);
      const attached = startKubectl(speaker, hub.dir, ['attach', 'p']);
      const begun = [forwarded, attached].map((child) => new Promise((resolve) => child.stdout.once('data', resolve)));
      const [forwardEnd, attachEnd] = [ended(forwarded), ended(attached)];
      await Promise.all(begun);
      await eventually('three streams', async () => (await open()) === '3');
      await hub.kill('agent');
      for (const each of [await end, await attachEnd, await forwardEnd]) {
        assert.notEqual(each.code, 0, each.stdout.toString());
        assert.match(each.stderr, /tunnel broke|lost connection|hung up/);
      }
      await eventually('the command to end', () => !isAlive(pid));
      await noneOpen();
      await hub.start();
      await hub.kubectl(['wait', '--for=condition=Ready', 'pod/p', '--timeout=30s']);
    });
  }

  it('ends with the container, and with an orderly stop of the hub', async () => {
    const [speaker] = speakers;
    assert.ok(speaker);
    const { end } = await begin(speaker, [], 'exec sleep 1000');
    await hub.kubectl(['delete', 'pod', 'p', '--grace-period=1']);
    assert.notEqual((await end).code, 0);
    await ready(hub, shellPod('p', { main: 'sleep 1000' }));
    const last = await begin(speaker, [], 'exec sleep 1000');
    await hub.stop();
    assert.notEqual((await last.end).code, 0);
    assert.deepEqual(processesOf(hub.dir), []);
    await eventually('the command to end', () => !isAlive(last.pid));
  });
});

/** Which container runtime a node takes, by what answers. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { chooseCriSocket, type SocketChoice, usualSockets } from '../../../agent/runtime/cri-socket.ts';
import { tempDir } from '../../support/temp-dir.ts';

const only =
  (...there: string[]) =>
  async (path: string): Promise<boolean> =>
    there.includes(path);

const [containerd = '', crio = ''] = usualSockets;

describe('the choice of a container runtime', () => {
  it('is the first usual socket that answers', async (test) => {
    const choice: SocketChoice = { runtime: 'auto', endpoint: '', dir: tempDir(test), answers: only(crio) };
    assert.equal(await chooseCriSocket(choice), crio);
  });

  it('is host processes when nothing answers, until something does', async (test) => {
    const choice: SocketChoice = { runtime: 'auto', endpoint: '', dir: tempDir(test), answers: only() };
    assert.equal(await chooseCriSocket(choice), undefined);
    assert.equal(await chooseCriSocket({ ...choice, answers: only(containerd) }), containerd);
  });

  it('is kept while the runtime is down', async (test) => {
    const choice: SocketChoice = { runtime: 'auto', endpoint: '', dir: tempDir(test), answers: only(crio) };
    await chooseCriSocket(choice);
    assert.equal(await chooseCriSocket({ ...choice, answers: only() }), crio);
    assert.equal(await chooseCriSocket({ ...choice, runtime: 'containerd', answers: only() }), crio);
  });

  it('is made anew when the operator names another socket, or none at all', async (test) => {
    const dir = tempDir(test);
    await chooseCriSocket({ runtime: 'auto', endpoint: '', dir, answers: only(crio) });
    const endpoint = 'unix:///run/other.sock';
    assert.equal(
      await chooseCriSocket({ runtime: 'auto', endpoint, dir, answers: only('/run/other.sock') }),
      '/run/other.sock',
    );
    assert.equal(
      await chooseCriSocket({ runtime: 'process', endpoint, dir, answers: only('/run/other.sock') }),
      undefined,
    );
  });

  it('fails in one sentence that names the sockets when one is demanded', async (test) => {
    const dir = tempDir(test);
    const demanded = chooseCriSocket({ runtime: 'containerd', endpoint: '', dir, answers: only() });
    await assert.rejects(demanded, /no container runtime answers at .*containerd\.sock or .*crio\.sock/);
    const named = chooseCriSocket({ runtime: 'containerd', endpoint: '/run/mine.sock', dir, answers: only() });
    await assert.rejects(named, /answers at \/run\/mine\.sock:/);
  });

  it('looks at real sockets', async (test) => {
    const dir = tempDir(test);
    const endpoint = join(dir, 'real.sock');
    assert.equal(await chooseCriSocket({ runtime: 'auto', endpoint, dir }), undefined);
    const server = createServer().listen(endpoint);
    test.after(() => server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    assert.equal(await chooseCriSocket({ runtime: 'auto', endpoint, dir }), endpoint);
  });
});

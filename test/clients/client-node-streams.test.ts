/** `@kubernetes/client-node`: exec, attach, logs and port-forward, over its own WebSockets. */
import assert from 'node:assert/strict';
import { connect, createServer } from 'node:net';
import { PassThrough, Readable, Writable } from 'node:stream';
import { test } from 'node:test';
import { Attach, Exec, Log, PortForward, type V1Status } from '@kubernetes/client-node';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { ground, running, shellPod } from './ground.ts';

/** Keeps what is written to it. */
class Kept extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

test('exec gives both outputs, takes input, and tells the code; attach follows', async (t) => {
  const here = await ground(t);
  await running(here, shellPod('p', { main: 'i=0; while sleep 0.2; do i=$((i+1)); echo tick $i; done' }), 'p');
  const exec = new Exec(here.config);
  const run = async (command: string[], input: string | null): Promise<[string, string, V1Status]> => {
    const [out, err] = [new Kept(), new Kept()];
    const status = await new Promise<V1Status>((resolve, reject) => {
      const stdin = input === null ? null : Readable.from([input]);
      exec.exec(here.namespace, 'p', 'main', command, out, err, stdin, false, resolve).catch(reject);
    });
    return [out.text, err.text, status];
  };
  const [out, err, failed] = await run(['sh', '-c', 'echo out; echo err >&2; exit 5'], null);
  assert.deepEqual([out, err, failed.status, failed.reason], ['out\n', 'err\n', 'Failure', 'NonZeroExitCode']);
  assert.equal(failed.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message, '5');
  const [echoed, , done] = await run(['head', '-c', '5'], 'typed and more');
  assert.deepEqual([echoed, done.status], ['typed', 'Success']);
  const attached = new Kept();
  const socket = await new Attach(here.config).attach(here.namespace, 'p', 'main', attached, null, null, false);
  t.after(() => socket.close());
  await eventually('two ticks', () => /tick \d+\ntick \d+\n/.test(attached.text));
});

test('logs are read and followed', async (t) => {
  const here = await ground(t);
  const pod = shellPod('p', { main: 'echo one; echo two; sleep 1; echo three' }) as { spec: object };
  await running(here, { ...pod, spec: { ...pod.spec, restartPolicy: 'Never' } }, 'p');
  const [all, last] = [new Kept(), new Kept()];
  const log = new Log(here.config);
  await log.log(here.namespace, 'p', 'main', all, { follow: true });
  await eventually('what came later, and its end', () => all.writableFinished);
  assert.equal(all.text, 'one\ntwo\nthree\n');
  await log.log(here.namespace, 'p', 'main', last, { tailLines: 1 });
  await eventually('one line', () => last.text === 'three\n');
});

test('port-forward carries bytes both ways', async (t) => {
  const here = await ground(t);
  const port = await freePort();
  const program = `require('net').createServer((s) => s.on('data', (d) => s.end('you said ' + d))).listen(${port}, '127.0.0.1')`;
  const container = {
    name: 'c',
    image: 'i',
    command: [process.execPath, '-e', program],
    readinessProbe: { tcpSocket: { port, host: '127.0.0.1' }, periodSeconds: 1 },
  };
  await running(
    here,
    { metadata: { name: 'w' }, spec: { terminationGracePeriodSeconds: 1, containers: [container] } },
    'w',
  );
  const forward = new PortForward(here.config);
  const server = createServer((socket) => void forward.portForward(here.namespace, 'w', [port], socket, null, socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const address = server.address();
  const client = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1');
  t.after(() => client.destroy());
  const heard = client.pipe(new PassThrough());
  client.write('hello');
  assert.equal(String(await new Promise((resolve) => heard.once('data', resolve))), 'you said hello');
});

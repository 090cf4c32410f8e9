/** Connect subresources before their connection changes: admission, authorization, and refusals as Status answers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { ApiError } from '../../../hub/api/errors.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../../../hub/registry/registry.ts';
import { type HubApi, startHubApi } from '../../support/hub-api.ts';

const pods = '/api/v1/namespaces/default/pods';

async function aPod(hub: HubApi, nodeName?: string): Promise<void> {
  const spec = { containers: [{ name: 'c', image: 'i' }], ...(nodeName === undefined ? {} : { nodeName }) };
  const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec };
  await hub.ask('POST', pods, { body });
}

/** The answer to a WebSocket handshake that is refused. */
function refused(hub: HubApi, path: string, protocols: string[]): Promise<{ status: number; message: string }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`wss://127.0.0.1:${hub.port}${path}`, protocols, { agent: hub.agent });
    socket.once('open', () => reject(new Error('it opened')));
    socket.once('error', () => {});
    socket.once('unexpected-response', (_request, answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      answer.once('end', () => {
        const { message } = JSON.parse(text) as { message: string };
        resolve({ status: answer.statusCode ?? 0, message });
      });
    });
  });
}

test('admission is asked with what the connection is for, and may refuse it', async (t) => {
  const seen: AdmissionRequest[] = [];
  const plugin: AdmissionPlugin = {
    name: 'Watcher',
    handles: ({ operation }) => operation === 'CONNECT',
    validate(request) {
      seen.push(request);
      if (request.subresource === 'attach') throw new ApiError('Forbidden', 'nobody attaches here');
    },
  };
  const hub = await startHubApi(t, { admission: [plugin] });
  await aPod(hub, 'n1');
  const exec = await refused(hub, `${pods}/p/exec?command=ls&command=-l&stdout=true&container=c`, [
    'v5.channel.k8s.io',
  ]);
  assert.deepEqual(exec, { status: 503, message: 'the node is not connected' });
  const { kind, command, stdout, container } = (seen[0]?.object ?? {}) as Record<string, unknown>;
  assert.deepEqual(
    { kind, command, stdout, container },
    { kind: 'PodExecOptions', command: ['ls', '-l'], stdout: true, container: 'c' },
  );
  assert.deepEqual([seen[0]?.subresource, seen[0]?.namespace, seen[0]?.name], ['exec', 'default', 'p']);
  const attach = await refused(hub, `${pods}/p/attach?stdout=true`, ['v5.channel.k8s.io']);
  assert.deepEqual(attach, { status: 403, message: 'nobody attaches here' });
});

test('what cannot be upgraded is told why', async (t) => {
  const hub = await startHubApi(t);
  await aPod(hub);
  const unbound = await refused(hub, `${pods}/p/exec?command=ls&stdout=true`, ['v5.channel.k8s.io']);
  assert.deepEqual(unbound, { status: 400, message: 'pod p does not have a host assigned' });
  const bound = await startHubApi(t);
  await aPod(bound, 'n1');
  const ask = async (path: string, protocols = ['v5.channel.k8s.io']): Promise<string> =>
    (await refused(bound, `${pods}/${path}`, protocols)).message;
  assert.equal(await ask('p/exec?command=ls'), 'you must specify at least 1 of stdin, stdout, stderr');
  assert.equal(await ask('p/exec?stdout=true'), 'you must specify at least one command');
  assert.equal(await ask('p/exec?command=ls&stdout=true&container=x'), 'container x is not valid for pod p');
  assert.equal(await ask('none/attach?stdout=true'), 'pods "none" not found');
  assert.match(await ask('p/exec?command=ls&stdout=true', ['v9.channel.k8s.io']), /unable to negotiate protocol/);
  assert.equal(await ask('p/portforward', ['v4.channel.k8s.io']), 'query parameter "ports" is required');
  assert.equal(await ask('p/portforward?ports=70000', ['v4.channel.k8s.io']), 'unable to parse "70000" as a port');
  const plain = await bound.ask('POST', `${pods}/p/exec?command=ls&stdout=true`);
  assert.deepEqual([plain.status, plain.json.message], [400, 'Upgrade request required']);
  assert.equal((await bound.ask('DELETE', `${pods}/p/exec`)).status, 405);
  const offer = await bound.ask('GET', `${pods}/p`, { headers: { connection: 'Upgrade', upgrade: 'h2c' } });
  assert.equal(offer.status, 200);
});

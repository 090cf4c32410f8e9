/** pods/log over real HTTPS, with a node played by the test. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { ApiError } from '../../../hub/api/errors.ts';
import type { NodeStream, NodeStreams } from '../../../hub/api/node-streams.ts';
import { eventually } from '../../support/eventually.ts';
import { type HubApi, startHubApi } from '../../support/hub-api.ts';

/** The node's end of one stream. */
class PlayedStream implements NodeStream {
  paused = false;
  closed = false;
  #onFrame: (channel: number, data: Buffer) => void = () => {};
  #onClose: (error?: Error) => void = () => {};
  onFrame(listener: (channel: number, data: Buffer) => void): void {
    this.#onFrame = listener;
  }
  onClose(listener: (error?: Error) => void): void {
    this.#onClose = listener;
  }
  send = (): boolean => true;
  onDrain(): void {}
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
  }
  close(): void {
    this.closed = true;
  }
  say(channel: number, text: string): void {
    this.#onFrame(channel, Buffer.from(text));
  }
  end(error?: Error): void {
    this.#onClose(error);
  }
}

interface Played {
  readonly streams: NodeStreams;
  readonly asked: { node: string; container: string; options: Record<string, string | string[]> }[];
  readonly opened: PlayedStream[];
}

function play(): Played {
  const asked: Played['asked'] = [];
  const opened: PlayedStream[] = [];
  const streams: NodeStreams = {
    open(node, request) {
      if (node === 'away') return Promise.reject(new ApiError('ServiceUnavailable', 'node "away" is not connected'));
      asked.push({ node, container: request.container, options: request.options });
      const stream = new PlayedStream();
      opened.push(stream);
      return Promise.resolve(stream);
    },
  };
  return { streams, asked, opened };
}

const pods = '/api/v1/namespaces/a/pods';
const pod = (hub: HubApi, name: string, nodeName: string, containers = ['c']): Promise<unknown> =>
  hub.ask('POST', pods, {
    body: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: { nodeName, containers: containers.map((one) => ({ name: one, image: 'i' })) },
    },
  });

test('what a container wrote travels through, with the options of the query', async (t) => {
  const played = play();
  const hub = await startHubApi(t, { streams: played.streams });
  await pod(hub, 'p', 'n1');
  const answer = hub.ask('GET', `${pods}/p/log?tailLines=5&timestamps=true&follow=true&sinceSeconds=60`);
  const stream = await eventually('the stream is open', () => played.opened[0]);
  stream.say(1, 'out\n');
  stream.say(2, 'err\n');
  stream.end();
  const { status, text, headers } = await answer;
  assert.deepEqual([status, text, headers['content-type']], [200, 'out\nerr\n', 'text/plain']);
  assert.deepEqual(played.asked, [
    { node: 'n1', container: 'c', options: { tailLines: '5', sinceSeconds: '60', follow: 'true', timestamps: 'true' } },
  ]);
});

test('the container must be known, and named when there is a choice', async (t) => {
  const { streams } = play();
  const hub = await startHubApi(t, { streams });
  await pod(hub, 'p', 'n1', ['a', 'b']);
  const choice = await hub.ask('GET', `${pods}/p/log`);
  assert.deepEqual(
    [choice.status, choice.json.message],
    [400, 'a container name must be specified for pod p, choose one of: [a b]'],
  );
  const wrong = await hub.ask('GET', `${pods}/p/log?container=z`);
  assert.equal(wrong.json.message, 'container z is not valid for pod p');
  assert.equal((await hub.ask('GET', `${pods}/p/log?container=a&tailLines=-1`)).status, 422);
  assert.equal((await hub.ask('GET', `${pods}/none/log`)).status, 404);
});

test('a node that is away, or cannot read the log, is told of', async (t) => {
  const played = play();
  const hub = await startHubApi(t, { streams: played.streams });
  await pod(hub, 'far', 'away');
  await pod(hub, 'p', 'n1');
  const away = await hub.ask('GET', `${pods}/far/log`);
  assert.deepEqual([away.status, away.json.reason], [503, 'ServiceUnavailable']);
  const answer = hub.ask('GET', `${pods}/p/log?previous=true`);
  const stream = await eventually('the stream is open', () => played.opened[0]);
  stream.say(3, JSON.stringify({ kind: 'Status', code: 400, reason: 'BadRequest', message: 'no previous container' }));
  stream.end();
  const { status, json } = await answer;
  assert.deepEqual([status, json.message], [400, 'no previous container']);
});

test('exec is refused with a clear Status', async (t) => {
  const { streams } = play();
  const hub = await startHubApi(t, { streams });
  await pod(hub, 'p', 'n1');
  const { status, json } = await hub.ask('POST', `${pods}/p/exec?command=ls`);
  assert.deepEqual([status, json.message], [400, 'you must specify at least 1 of stdin, stdout, stderr']);
});

/** Everything a WebSocket brings until it ends; text messages are marked. */
function webSocketLog(hub: HubApi, path: string, protocols: string[]) {
  const socket = new WebSocket(`wss://127.0.0.1:${hub.port}${path}`, protocols, { agent: hub.agent });
  const messages: string[] = [];
  const ended = new Promise<number>((resolve, reject) => {
    socket.on('message', (data, isBinary) => messages.push(isBinary ? String(data) : `text ${String(data)}`));
    socket.once('close', () => resolve(101));
    socket.once('unexpected-response', (_request, answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    socket.once('error', (error) => reject(error));
  });
  return { socket, messages, ended };
}

test('a log comes over WebSocket, as bytes or as base64, to its end', async (t) => {
  const played = play();
  const hub = await startHubApi(t, { streams: played.streams });
  await pod(hub, 'p', 'n1');
  const forms: [string[], string, string][] = [
    [['binary.k8s.io'], 'binary.k8s.io', 'one\n'],
    [['base64.binary.k8s.io'], 'base64.binary.k8s.io', `text ${Buffer.from('one\n').toString('base64')}`],
    [[], '', 'one\n'],
  ];
  for (const [index, [protocols, spoken, first]] of forms.entries()) {
    const { socket, messages, ended } = webSocketLog(hub, `${pods}/p/log?follow=true`, protocols);
    const stream = await eventually('the stream is open', () => played.opened[index]);
    stream.say(1, 'one\n');
    await eventually('the first line', () => messages.length === 1);
    assert.equal(socket.protocol, spoken);
    assert.equal(messages[0], first);
    stream.say(2, 'two\n');
    stream.end();
    assert.equal(await ended, 101);
    assert.equal(messages.length, 2);
  }
});

test('a log over WebSocket that the node refuses is an HTTP answer, and who leaves is let go', async (t) => {
  const played = play();
  const hub = await startHubApi(t, { streams: played.streams });
  await pod(hub, 'p', 'n1');
  const refused = webSocketLog(hub, `${pods}/p/log`, ['binary.k8s.io']);
  const first = await eventually('the stream is open', () => played.opened[0]);
  first.say(3, JSON.stringify({ status: 'Failure', reason: 'BadRequest', message: 'waiting to start', code: 400 }));
  assert.equal(await refused.ended, 400);
  const unknown = webSocketLog(hub, `${pods}/p/log`, ['v4.channel.k8s.io']);
  assert.equal(await unknown.ended, 400);
  const left = webSocketLog(hub, `${pods}/p/log?follow=true`, ['binary.k8s.io']);
  const second = await eventually('the next stream is open', () => played.opened[1]);
  second.say(1, 'x');
  await eventually('it came', () => left.messages.length === 1);
  left.socket.close();
  await eventually('the stream is let go', () => second.closed);
});

/** The program of the addon log-collector, once on each node. */
import { dirname } from 'node:path';
import { isGoing } from '../client/going.ts';
import { runProgram } from '../client/program.ts';
import { Checkpoint } from './checkpoint.ts';
import { Collector } from './collector.ts';
import type { Sink } from './entry.ts';
import { FileSink } from './file-sink.ts';
import { type Dialect, HttpSink } from './http-sink.ts';

/** Milliseconds an end may take to find out whether it is one for good. */
const lastWords = 10_000;

const variable = (name: string): string => process.env[name] ?? '';

/** Where the process runtime keeps containers: this one is among them, and has its home in itself. */
const processes = variable('HOME').endsWith('/work') ? dirname(dirname(variable('HOME'))) : undefined;

async function openSink(node: string, state: string): Promise<Sink> {
  const url = variable('LOG_URL');
  if (url === '')
    return FileSink.open({
      ...{ node, state, directory: variable('LOG_DIRECTORY') },
      maxSize: Number(variable('LOG_MAX_SIZE')) * 2 ** 20,
      maxFiles: Number(variable('LOG_MAX_FILES')),
    });
  if (!/^https?:$/.test(new URL(url).protocol)) throw new Error(`"${url}" is no URL of http or https`);
  return new HttpSink({
    ...{ node, url: new URL(url), token: variable('LOG_TOKEN') },
    dialect: variable('LOG_FORMAT') as Dialect,
    compress: variable('LOG_COMPRESS') === 'true',
  });
}

await runProgram('log-collector', async ({ client, clock, log, random }) => {
  const node = variable('NODE_NAME');
  const checkpoint = await Checkpoint.open(variable('CORACLE_VOLUME_STATE'));
  const sink = await openSink(node, checkpoint.sink);
  const places = { pods: variable('LOG_PODS'), processes, own: variable('POD_UID') };
  const collector = new Collector({ places, sink, checkpoint, clock, log, random });
  collector.start();
  return {
    async stop() {
      await collector.stop();
      await sink.close();
      if (await isGoing(client, 'log-collector', AbortSignal.timeout(lastWords))) await checkpoint.forget();
    },
  };
});

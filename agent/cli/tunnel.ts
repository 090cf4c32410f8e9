/** `coracle tunnel`: a port of this machine that leads to a Service, a Pod or a node, through the hub and whatever NAT is between. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { type Command, InvalidArgumentError } from 'commander';
import type { RawData, WebSocket } from 'ws';
import type { EndpointSlice } from '../../hub/api/endpoint-slice.ts';
import type { Service } from '../../hub/api/service.ts';
import { chosenDataDir, withDataDir } from './data-dir-option.ts';
import { exitCodes, Failure } from './failure.ts';
import { findObject } from './find-object.ts';
import { HubClient } from './hub-client.ts';
import { namespaced, withNamespace } from './namespace-option.ts';
import { nodePodNamespace, withNodePod } from './node-pod.ts';
import type { Terminal } from './terminal.ts';
import { choosePort, readPorts, readTarget, type TunnelPorts, type TunnelTarget } from './tunnel-target.ts';

interface TunnelOptions {
  dataDir?: string;
  namespace: string;
  address: string;
}

/** A port of a Pod. */
interface FarEnd {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

const checked =
  <T>(read: (text: string) => T) =>
  (text: string): T => {
    try {
      return read(text);
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message);
    }
  };

/** Adds the command. */
export function addTunnel(program: Command, terminal: Terminal): void {
  withNamespace(withDataDir(program.command('tunnel')))
    .argument('<target>', 'a Service, or pod/NAME, or node/NAME', checked(readTarget))
    .argument('[ports]', 'LOCAL:PORT, PORT, or :PORT', checked(readPorts))
    .description('open a port here that leads to a Service, a Pod or a node')
    .option('--address <address>', 'where to listen', '127.0.0.1')
    .addHelpText(
      'after',
      '\nExamples:\n  coracle tunnel web 8080:80\n  coracle tunnel pod/db-0 5432 -n shop\n  coracle tunnel node/pi-7 2222:22      # then: ssh -p 2222 localhost\n\nIt stays open until Ctrl-C. A Service’s connection goes to one of its ready Pods each.',
    )
    .action(async (target: TunnelTarget, ports: TunnelPorts | undefined, options: TunnelOptions) => {
      const client = new HubClient(chosenDataDir(options));
      if (target.kind === 'pod') await findObject(client, 'Pod', options.namespace, target.name);
      if (target.kind !== 'node')
        return serve(client, target, ports, options, terminal, finder(client, target, ports, options));
      const far = Number(ports?.far);
      if (!(far > 0)) throw new Failure('say which port of the node', { exitCode: exitCodes.usage });
      await withNodePod(client, target.name, (pod) =>
        serve(client, target, ports, options, terminal, () =>
          Promise.resolve({ namespace: nodePodNamespace, pod, port: far }),
        ),
      );
    });
}

/** Says where each connection goes; a Service is asked anew each time. */
function finder(
  client: HubClient,
  { kind, name }: TunnelTarget,
  ports: TunnelPorts | undefined,
  { namespace }: TunnelOptions,
): () => Promise<FarEnd> {
  if (kind === 'pod') {
    const port = Number(ports?.far);
    if (!(port > 0)) throw new Failure('say which port of the Pod', { exitCode: exitCodes.usage });
    return () => Promise.resolve({ namespace, pod: name, port });
  }
  return async () => {
    const service = await findObject<Service>(client, 'Service', namespace, name);
    const wanted = chosen(() => choosePort(service, ports?.far));
    const selector = encodeURIComponent(`kubernetes.io/service-name=${name}`);
    const path = `${namespaced('/apis/discovery.k8s.io/v1', namespace, 'endpointslices')}?labelSelector=${selector}`;
    const { items } = await client.call<{ items: EndpointSlice[] }>('GET', path);
    const ends = items.flatMap(({ endpoints, ports: numbers }) => {
      const port = numbers?.find(({ name: called = '' }) => called === (wanted.name ?? ''))?.port;
      const ready = (endpoints ?? []).filter(
        ({ conditions, targetRef }) => conditions?.ready !== false && targetRef?.kind === 'Pod',
      );
      return port === undefined ? [] : ready.map(({ targetRef }) => ({ namespace, pod: targetRef?.name ?? '', port }));
    });
    const end = ends[Math.floor(Math.random() * ends.length)];
    if (end === undefined) throw new Failure(`Service ${namespace}/${name} has no Pod that is ready`);
    return end;
  };
}

function chosen<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Failure((error as Error).message, { exitCode: exitCodes.usage });
  }
}

/** Listens until a signal comes. The first look is taken before, so that what cannot be is said at once. */
async function serve(
  client: HubClient,
  target: TunnelTarget,
  ports: TunnelPorts | undefined,
  options: TunnelOptions,
  terminal: Terminal,
  find: () => Promise<FarEnd>,
): Promise<void> {
  const { port: far } = await find();
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    carry(client, find, socket).catch((error: unknown) => {
      terminal.note(`coracle: ${(error as Error).message}`);
      socket.destroy();
    });
  });
  const port = await listening(server, options.address, ports?.local ?? far);
  terminal.print(`${options.address}:${port} leads to ${target.kind} ${target.name}, port ${far}. Ctrl-C ends it.`);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
  for (const socket of sockets) socket.destroy();
  server.close();
}

function listening(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const next = 'choose another local port: LOCAL:PORT, or :PORT for any free one';
      reject(new Failure(`cannot listen on ${host}:${port}: ${error.code ?? error.message}`, { next }));
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

/** One connection: its bytes on channel 0, why there is none on channel 1 (v4.channel.k8s.io). */
async function carry(client: HubClient, find: () => Promise<FarEnd>, local: Socket): Promise<void> {
  const { namespace, pod, port } = await find();
  const path = `${namespaced('/api/v1', namespace, 'pods')}/${encodeURIComponent(pod)}/portforward?ports=${port}`;
  const far: WebSocket = await client.socket(path, 'v4.channel.k8s.io');
  // the first message of each channel repeats the port
  const greeted = new Set<number>();
  await new Promise<void>((resolve, reject) => {
    far.on('message', (message: RawData) => {
      const bytes = Buffer.isBuffer(message) ? message : Buffer.concat(message as Buffer[]);
      const channel = bytes[0] ?? 0;
      if (!greeted.has(channel)) return greeted.add(channel);
      if (channel !== 0) return reject(new Failure(bytes.toString('utf8', 1)));
      if (local.write(bytes.subarray(1))) return;
      far.pause();
      local.once('drain', () => far.resume());
    });
    local.on('data', (data: Buffer) => {
      local.pause();
      far.send(Buffer.concat([Buffer.from([0]), data]), () => local.resume());
    });
    far.once('error', reject);
    far.once('close', () => {
      local.end();
      resolve();
    });
    // the protocol has no way to end one direction: what is on its way back still comes while this end is open
    local.once('close', () => far.close());
    far.resume();
  });
}

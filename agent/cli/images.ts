/** `coracle images`: getting images onto nodes without a registry, or before they are needed. */
import { createWriteStream, existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { Node } from '../../hub/api/node.ts';
import { chosenDataDir, withDataDir } from './data-dir-option.ts';
import { Failure } from './failure.ts';
import { HubClient } from './hub-client.ts';
import { chooseNodes, eachNode } from './images/each-node.ts';
import { type ArchiveEntry, readArchive } from './images/image-archive.ts';
import { listImages } from './images/image-list.ts';
import { prepull } from './images/prepull.ts';
import { sendImages } from './images/send-images.ts';
import { withNamespace } from './namespace-option.ts';
import { nodePodNamespace, withNodePod } from './node-pod.ts';
import { checkFormat, printStructured } from './output-format.ts';
import { execInPod } from './pod-exec.ts';
import { inWords } from './system-words.ts';
import { columns, type Terminal } from './terminal.ts';

interface NodesOptions {
  dataDir?: string;
  node: string[];
  containerd?: string;
}

/** Progress is told no more often than this, in milliseconds. */
const patience = 2000;

const collect = (text: string, before: readonly string[]): string[] => [...before, text];
const withNodes = (command: Command): Command =>
  withDataDir(command).option(
    '--node <name>',
    'only this node (may be repeated; default: all that run containers)',
    collect,
    [],
  );
const withContainerd = (command: Command): Command =>
  command.option('--containerd <socket>', "containerd's socket on the nodes (default: the usual one)");

const ctr = ({ containerd }: NodesOptions): string[] => [
  'ctr',
  ...(containerd === undefined ? [] : ['--address', containerd]),
  '--namespace',
  'k8s.io',
];

const mebibytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('It takes a number of seconds.');
  return value;
}

/** Adds the commands. */
export function addImages(program: Command, terminal: Terminal): void {
  const images = program.command('images').description('images of containers on the nodes');
  withDataDir(images.command('list'))
    .description('list the images nodes have (the fifty largest of each)')
    .option('--format <format>', 'pretty, json or yaml', 'pretty')
    .action((options: { dataDir?: string; format: string }) => list(options, terminal));
  withContainerd(withNodes(images.command('import <file>')))
    .description('send an archive of images to the nodes, through the hub; layers that are there do not travel')
    .addHelpText(
      'after',
      '\nExamples:\n  docker save app:1 -o app.tar && coracle images import app.tar\n  coracle images import app.tar --node pi-7\n\nNodes need containerd and its client `ctr`. Cut off, run it again: layers that arrived stay. Archives that are no\nOCI layout (docker save before version 25) travel whole.',
    )
    .action((file: string, options: NodesOptions) => importArchive(resolve(file), options, terminal));
  withContainerd(withNodes(images.command('export <file> <image...>')))
    .description('write images of a node into an archive')
    .addHelpText('after', '\nExample:\n  coracle images export app.tar docker.io/library/app:1 --node pi-7')
    .action((file: string, names: string[], options: NodesOptions) =>
      exportImages(resolve(file), names, options, terminal),
    );
  withNamespace(withNodes(images.command('prepull <image>')))
    .description('have nodes pull an image now, the way they pull for Pods')
    .option('--secret <name>', 'a pull secret of the namespace')
    .option('-t, --timeout <seconds>', 'how long each node may take', seconds, 600)
    .addHelpText('after', '\nExample:\n  coracle images prepull registry.example/app:2')
    .action((image: string, options: PullOptions) => pull(image, options, terminal));
}

async function list(options: { dataDir?: string; format: string }, terminal: Terminal): Promise<void> {
  checkFormat(options.format, ['pretty', 'json', 'yaml']);
  const { items } = await new HubClient(chosenDataDir(options)).call<{ items: Node[] }>('GET', '/api/v1/nodes');
  const found = listImages(items);
  if (options.format === 'json' || options.format === 'yaml')
    return printStructured(terminal, options.format, { images: found });
  const rows = found.map(({ name, size, nodes }) => [name, mebibytes(size), nodes.join(',')]);
  for (const line of columns([['IMAGE', 'SIZE', 'NODES'], ...rows])) terminal.print(line);
}

async function importArchive(file: string, options: NodesOptions, terminal: Terminal): Promise<void> {
  const client = new HubClient(chosenDataDir(options));
  const entries = await archive(file);
  const nodes = await chooseNodes(client, options.node, terminal);
  await eachNode(nodes, terminal, async (node) => {
    let told = performance.now();
    const progress = (done: number, whole: number): void => {
      if (performance.now() - told < patience) return;
      told = performance.now();
      terminal.note(`node ${node}: ${mebibytes(done)} of ${mebibytes(whole)}`);
    };
    const { sent, spared } = await sendImages({ client, node, file, entries, ctr: ctr(options), progress });
    terminal.print(`node ${node}: imported, ${mebibytes(sent)} sent, ${mebibytes(spared)} were there`);
  });
}

async function archive(file: string): Promise<ArchiveEntry[]> {
  try {
    return await readArchive(file);
  } catch (error) {
    const isSystem = (error as NodeJS.ErrnoException).code !== undefined;
    throw new Failure(isSystem ? `${file} cannot be read: ${inWords(error)}` : (error as Error).message, {
      cause: error,
    });
  }
}

async function exportImages(file: string, names: string[], options: NodesOptions, terminal: Terminal): Promise<void> {
  if (existsSync(file)) throw new Failure(`${file} is there already`, { next: 'choose another name' });
  const client = new HubClient(chosenDataDir(options));
  const [node = ''] = await chooseNodes(client, options.node, terminal);
  const draft = `${file}.new`;
  const out = createWriteStream(draft, { flags: 'wx', mode: 0o600 });
  let broken: Error | undefined;
  out.on('error', (error) => {
    broken = error;
  });
  const output = async (chunk: Buffer): Promise<void> => {
    if (broken !== undefined) throw broken;
    if (!out.write(chunk)) await new Promise<void>((resume) => out.once('drain', resume).once('error', () => resume()));
  };
  try {
    await withNodePod(client, node, (pod) =>
      execInPod(client, {
        ...{ namespace: nodePodNamespace, pod, output },
        command: [...ctr(options), 'images', 'export', '-', ...names],
      }),
    );
    await new Promise<void>((resolveEnd, reject) => {
      out.once('error', reject);
      out.end(() => resolveEnd());
    });
    await rename(draft, file);
  } catch (error) {
    out.destroy();
    await rm(draft, { force: true });
    throw error instanceof Failure ? error : new Failure(`${file} cannot be written: ${inWords(error)}`);
  }
  terminal.print(`${file}: ${names.length} images of node ${node}, ${mebibytes(out.bytesWritten)}`);
}

interface PullOptions extends NodesOptions {
  namespace: string;
  secret?: string;
  timeout: number;
}

async function pull(image: string, options: PullOptions, terminal: Terminal): Promise<void> {
  const client = new HubClient(chosenDataDir(options));
  const nodes = await chooseNodes(client, options.node, terminal);
  const { namespace, secret } = options;
  const timeout = options.timeout * 1000;
  await eachNode(nodes, terminal, async (node) => {
    const began = performance.now();
    await prepull({ client, node, image, namespace, timeout, ...(secret === undefined ? {} : { secret }) });
    terminal.print(`node ${node}: has ${image} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
  });
}

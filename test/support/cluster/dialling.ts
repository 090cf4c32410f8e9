/** Asks servers from everywhere in a cluster: from Pods, from nodes, from this machine (see ../images/tools/dial.ts). */
import { fileURLToPath } from 'node:url';
import type { Outcome } from '../coracle.ts';
import { run } from '../coracle.ts';
import { type Dialled, dialOften } from '../images/tools/dial.ts';
import type { Cluster } from './cluster.ts';
import type { ClusterNode } from './node.ts';

/** How it failed, and after how many milliseconds. Text is '' when it did not. */
export interface DialFailure {
  readonly text: string;
  readonly took: number;
}

/** Every answer in order; rejects when one of them did not come. `tries` is one unless said, `timeout` is in milliseconds. */
export interface Dialling {
  /** From a Pod whose image is tools. */
  fromPod(pod: string, target: string, tries?: number): Promise<string[]>;
  fromNode(node: ClusterNode, target: string, tries?: number): Promise<string[]>;
  fromHere(target: string, tries?: number): Promise<string[]>;
  failureFromPod(pod: string, target: string): Promise<DialFailure>;
  failureFromNode(node: ClusterNode, target: string): Promise<DialFailure>;
  failureFromHere(target: string): Promise<DialFailure>;
}

const program = fileURLToPath(new URL('../images/tools/main.ts', import.meta.url));

function answersOf({ answers, errors }: Dialled): string[] {
  if (errors.length > 0) throw new Error(errors[0]);
  return answers;
}

function parsed({ stdout, stderr }: Outcome): Dialled {
  const line = stdout.split('\n').find((each) => each.startsWith('{'));
  return line === undefined ? { answers: [], errors: [stderr.trim()] } : (JSON.parse(line) as Dialled);
}

/** The ways to dial. */
export function createDialling(cluster: Cluster): Dialling {
  const words = (target: string, tries: number): string[] => [
    'dial',
    target,
    '--tries',
    String(tries),
    '--timeout',
    '1500',
  ];
  const env = { ...process.env, KUBECONFIG: `${cluster.hub.dir}/kubeconfig` };
  const pod = async (name: string, target: string, tries: number): Promise<Dialled> =>
    parsed(await run('kubectl', ['exec', name, '--', '/bin/tools', ...words(target, tries)], { env }));
  const node = async (from: ClusterNode, target: string, tries: number): Promise<Dialled> =>
    parsed(await from.run([process.execPath, program, ...words(target, tries)]));
  const here = (target: string, tries: number): Promise<Dialled> => dialOften({ target, tries, timeout: 1500 });
  const failure = async (dial: Promise<Dialled>): Promise<DialFailure> => {
    const began = Date.now();
    const { errors } = await dial;
    return { text: errors.join('; '), took: Date.now() - began };
  };
  return {
    fromPod: async (name, target, tries = 1) => answersOf(await pod(name, target, tries)),
    fromNode: async (from, target, tries = 1) => answersOf(await node(from, target, tries)),
    fromHere: async (target, tries = 1) => answersOf(await here(target, tries)),
    failureFromPod: (name, target) => failure(pod(name, target, 1)),
    failureFromNode: (from, target) => failure(node(from, target, 1)),
    failureFromHere: (target) => failure(here(target, 1)),
  };
}

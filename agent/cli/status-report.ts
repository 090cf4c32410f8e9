/** What `coracle status` found out, and whether that is good. */
import type { Node } from '../../hub/api/node.ts';
import type { DataDir } from '../../hub/base/data-dir.ts';
import { readRunFile } from '../../hub/base/daemon.ts';
import { readAddons } from './addon-client.ts';
import { type AddonView, addonViews } from './addons.ts';
import { HubClient, HubRefusal } from './hub-client.ts';
import { type JoinedNode, nodeOnly } from './joined-node.ts';
import { type NodeView, viewNode } from './node-view.ts';

/** The state of a hub and its nodes. */
export interface StatusReport {
  running: boolean;
  ready: boolean;
  /** One sentence for each thing that is not ready. */
  problems: string[];
  nodes: NodeView[];
  addons: AddonView[];
  api: string;
  /** Set on a machine that is only a node: which one, and of which hub. Whether the hub hears it, the hub knows. */
  node?: { name: string; hub: string };
}

/** A machine without a hub of its own: does its agent run? */
function lookAtNode(dir: DataDir, { node, host, joinPort }: JoinedNode): StatusReport {
  const running = readRunFile(dir.agent.run) !== undefined;
  const problems = running ? [] : ['the agent is not running'];
  return {
    running,
    ready: running,
    problems,
    nodes: [],
    addons: [],
    api: '',
    node: { name: node, hub: `${host}:${joinPort}` },
  };
}

/** Looks once; never takes longer than `timeout` milliseconds. */
export async function lookAtHub(dir: DataDir, timeout: number): Promise<StatusReport> {
  const only = nodeOnly(dir);
  if (only !== undefined) return lookAtNode(dir, only);
  if (readRunFile(dir.hub.run) === undefined) {
    return { running: false, ready: false, problems: ['the hub is not running'], nodes: [], addons: [], api: '' };
  }
  const client = new HubClient(dir);
  const api = client.server;
  try {
    const [checks, list, addons] = await Promise.all([
      readiness(client, timeout),
      client.call<{ items: Node[] }>('GET', '/api/v1/nodes', undefined, { timeout }),
      readAddons(client, timeout),
    ]);
    const nodes = list.items.map(viewNode);
    const views = addonViews(addons).filter(({ status }) => status !== 'disabled');
    const problems = [...checks, ...nodeProblems(nodes), ...addonProblems(views)];
    return { running: true, ready: problems.length === 0, problems, nodes, addons: views, api };
  } catch (error) {
    return {
      running: true,
      ready: false,
      problems: [`the API does not answer: ${(error as Error).message}`],
      nodes: [],
      addons: [],
      api,
    };
  }
}

async function readiness(client: HubClient, timeout: number): Promise<string[]> {
  try {
    await client.call<string>('GET', '/readyz', undefined, { timeout });
    return [];
  } catch (error) {
    if (error instanceof HubRefusal) throw error;
    const { message } = error as Error;
    const failed = [...message.matchAll(/^(?:.*: )?\[-\]\S+ failed: (.*)$/gm)].map((line) => line[1] ?? '');
    return failed.length > 0 ? failed : [`the hub is not ready: ${message}`];
  }
}

function nodeProblems(nodes: readonly NodeView[]): string[] {
  if (nodes.length === 0) return ['no node has joined yet'];
  return nodes.filter((node) => !node.ready).map((node) => `node ${node.name} ${node.reason}`);
}

function addonProblems(addons: readonly AddonView[]): string[] {
  const unready = addons.filter(({ status }) => status !== 'Ready');
  return unready.map(
    ({ name, status, message = '' }) => `addon ${name} is ${status}${message === '' ? '' : `: ${message}`}`,
  );
}

/** The nodes a command about images works on, several at once. */
import type { Node } from '../../../hub/api/node.ts';
import { again } from '../again.ts';
import { Failure } from '../failure.ts';
import type { HubClient } from '../hub-client.ts';
import { viewNode } from '../node-view.ts';
import type { Terminal } from '../terminal.ts';

/** So many nodes are worked on at once. */
const atOnce = 4;

/** Those named; without names, every node that runs containers and is ready. Rejects with Failure when there is none. */
export async function chooseNodes(client: HubClient, names: readonly string[], terminal: Terminal): Promise<string[]> {
  const { items } = await client.call<{ items: Node[] }>('GET', '/api/v1/nodes');
  const views = items.map(viewNode);
  const unknown = names.find((name) => !views.some((view) => view.name === name));
  if (unknown !== undefined)
    throw new Failure(`there is no node "${unknown}"`, { next: `see their names with: ${again('status')}` });
  const containers = views.filter(
    ({ name, runtime }) => names.includes(name) || (names.length === 0 && !runtime.startsWith('process')),
  );
  for (const { name, ready, reason } of containers) if (!ready) terminal.note(`node ${name} is left out: it ${reason}`);
  const chosen = containers.filter(({ ready }) => ready).map(({ name }) => name);
  if (chosen.length === 0)
    throw new Failure('no node that is ready runs containers', { next: `see them with: ${again('status')}` });
  return chosen;
}

/** Works on each node; what fails on one does not stop the others. Rejects with Failure at the end when some failed. */
export async function eachNode(
  nodes: readonly string[],
  terminal: Terminal,
  work: (node: string) => Promise<void>,
): Promise<void> {
  const left = [...nodes];
  let failures = 0;
  const worker = async (): Promise<void> => {
    for (let node = left.shift(); node !== undefined; node = left.shift()) {
      try {
        await work(node);
      } catch (error) {
        failures += 1;
        terminal.note(`node ${node}: ${(error as Error).message}`);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  if (failures > 0)
    throw new Failure(`it failed on ${failures} of ${nodes.length} nodes`, {
      next: 'run it again: what arrived does not travel twice',
    });
}

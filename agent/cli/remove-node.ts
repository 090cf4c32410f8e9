/** `coracle remove-node`: takes a node out of the cluster. */
import type { Command } from 'commander';
import { identityNamespace, identitySecretName, removedPatch } from '../../hub/api/node-identity.ts';
import { again } from './again.ts';
import { chosenDataDir, withDataDir } from './data-dir-option.ts';
import { Failure } from './failure.ts';
import { findNode } from './find-node.ts';
import { HubClient, HubRefusal } from './hub-client.ts';
import { viewNode } from './node-view.ts';
import type { Terminal } from './terminal.ts';

/** Adds the command. */
export function addRemoveNode(program: Command, terminal: Terminal): void {
  withDataDir(program.command('remove-node <name>'))
    .description('remove a node from the cluster')
    .option('-f, --force', 'also when the node is still connected')
    .addHelpText('after', '\nOn a node that still runs, `coracle leave` there is the gentler way.')
    .action(async (name: string, options: { dataDir?: string; force?: boolean }) => {
      const client = new HubClient(chosenDataDir(options));
      const node = viewNode(await findNode(client, name));
      if (node.ready && options.force !== true) {
        throw new Failure(`node ${name} is connected and would come back`, {
          next: `run \`coracle leave\` on it, or use: ${again(`remove-node ${name} --force`)}`,
        });
      }
      await lockOut(client, name);
      await client.call('DELETE', `/api/v1/nodes/${encodeURIComponent(name)}`);
      terminal.print(`Node ${name} is removed; its certificate is no longer accepted.`);
    });
}

/** From now on the certificate of the node is refused. A node that never joined by token has no identity kept. */
async function lockOut(client: HubClient, name: string): Promise<void> {
  const path = `/api/v1/namespaces/${identityNamespace}/secrets/${identitySecretName(name)}`;
  try {
    await client.call('PATCH', path, removedPatch, { type: 'application/merge-patch+json' });
  } catch (error) {
    if (!(error instanceof HubRefusal) || error.status.code !== 404) throw error;
  }
}

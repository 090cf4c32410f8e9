/** `coracle service`: where a Service is reached. */
import type { Command } from 'commander';
import type { Node } from '../../hub/api/node.ts';
import type { Service } from '../../hub/api/service.ts';
import { again } from './again.ts';
import { chosenDataDir, withDataDir } from './data-dir-option.ts';
import { Failure } from './failure.ts';
import { findObject } from './find-object.ts';
import { HubClient } from './hub-client.ts';
import { withNamespace } from './namespace-option.ts';
import { checkFormat, printStructured } from './output-format.ts';
import { serviceUrls, type ServiceUrl } from './service-urls.ts';
import { columns, type Terminal } from './terminal.ts';

interface ServiceOptions {
  dataDir?: string;
  namespace: string;
  url?: boolean;
  format: string;
}

const places: Record<ServiceUrl['from'], string> = {
  outside: 'from outside',
  nodes: 'wherever the node is reached',
  cluster: 'on nodes and in Pods',
};

/** Adds the command. */
export function addService(program: Command, terminal: Terminal): void {
  withNamespace(withDataDir(program.command('service <name>')))
    .description('show where a Service is reached')
    .option('--url', 'only the best URL, for scripts')
    .option('--format <format>', 'pretty, json or yaml', 'pretty')
    .addHelpText('after', '\nExamples:\n  coracle service web\n  curl "$(coracle service web -n shop --url)"')
    .action(async (name: string, options: ServiceOptions) => {
      checkFormat(options.format, ['pretty', 'json', 'yaml']);
      const urls = await find(new HubClient(chosenDataDir(options)), name, options.namespace);
      const [best] = urls;
      if (best === undefined) {
        throw new Failure(`Service ${options.namespace}/${name} has no address and TCP port to be reached at`, {
          next: `to give it one: ${again(`kubectl patch service ${name} -n ${options.namespace} -p '{"spec":{"type":"NodePort"}}'`)}`,
        });
      }
      if (options.url === true) return terminal.print(best.url);
      if (options.format === 'json' || options.format === 'yaml')
        return printStructured(terminal, options.format, { name, namespace: options.namespace, urls });
      for (const line of columns(urls.map(({ url, from, port }) => [url, port, places[from]]))) terminal.print(line);
    });
}

async function find(client: HubClient, name: string, namespace: string): Promise<ServiceUrl[]> {
  const [service, nodes] = await Promise.all([
    findObject<Service>(client, 'Service', namespace, name),
    client.call<{ items: Node[] }>('GET', '/api/v1/nodes'),
  ]);
  return serviceUrls(service, nodes.items);
}

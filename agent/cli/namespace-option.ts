/** The --namespace option of commands that look at objects. */
import type { Command } from 'commander';

/** Adds the option. */
export function withNamespace(command: Command): Command {
  return command.option('-n, --namespace <name>', 'the namespace it is in', 'default');
}

/** Path of an API resource's collection in a namespace; `prefix` as `/api/v1` or `/apis/apps/v1`. */
export const namespaced = (prefix: string, namespace: string, resource: string): string =>
  `${prefix}/namespaces/${encodeURIComponent(namespace)}/${resource}`;

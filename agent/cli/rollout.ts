/** `coracle rollout status`: waits until a workload runs everywhere as it was last described. */
import type { Command } from 'commander';
import { again } from './again.ts';
import { chosenDataDir, withDataDir } from './data-dir-option.ts';
import { exitCodes, Failure } from './failure.ts';
import { HubClient, HubRefusal } from './hub-client.ts';
import { namespaced, withNamespace } from './namespace-option.ts';
import { checkFormat, printStructured } from './output-format.ts';
import {
  progressLine,
  readWorkload,
  type RolledOut,
  type RolloutProgress,
  rolloutProgress,
  type WorkloadKind,
} from './rollout-progress.ts';
import { seconds } from './seconds-option.ts';
import type { Terminal } from './terminal.ts';

interface RolloutOptions {
  dataDir?: string;
  namespace: string;
  watch: boolean;
  timeout: number;
  format: string;
}

/** Adds the command. */
export function addRollout(program: Command, terminal: Terminal): void {
  const rollout = program.command('rollout').description('how far a change of a workload has come');
  withNamespace(withDataDir(rollout.command('status <name>')))
    .description('wait until a Deployment, StatefulSet or DaemonSet has rolled out')
    .option('--no-watch', 'look once; exit code 1 when it has not')
    .option('-t, --timeout <seconds>', 'how long to wait at most', seconds, 300)
    .option('--format <format>', 'pretty, json or yaml', 'pretty')
    .addHelpText(
      'after',
      '\nExamples:\n  coracle rollout status web\n  coracle rollout status daemonset/sensor -n field --timeout 60\n\nExit codes: 0 it has, 1 it is stuck, 5 not in time.',
    )
    .action((name: string, options: RolloutOptions) => status(name, options, terminal));
}

async function status(text: string, options: RolloutOptions, terminal: Terminal): Promise<void> {
  checkFormat(options.format, ['pretty', 'json', 'yaml']);
  const client = new HubClient(chosenDataDir(options));
  const { kind, name, object } = await find(client, text, options.namespace);
  let last = rolloutProgress(kind, object);
  const say = options.format === 'pretty' ? terminal.print : terminal.note;
  if (!last.done && last.stuck === undefined && options.watch) {
    say(progressLine(last));
    const field = encodeURIComponent(`metadata.name=${name}`);
    const path = `${namespaced('/apis/apps/v1', options.namespace, kind)}?watch=true&fieldSelector=${field}`;
    await client.watch<RolledOut, true>(path, options.timeout * 1000, (type, changed) => {
      if (type === 'DELETED') throw new Failure(`${kind}/${name} was deleted while it rolled out`);
      const before = progressLine(last);
      last = rolloutProgress(kind, changed);
      if (progressLine(last) !== before) say(progressLine(last));
      return last.done || last.stuck !== undefined ? true : undefined;
    });
  }
  if (options.format === 'json' || options.format === 'yaml')
    await printStructured(terminal, options.format, { kind, name, ...last });
  judge(last, `${kind}/${name}`, options, terminal);
}

function judge(last: RolloutProgress, what: string, options: RolloutOptions, terminal: Terminal): void {
  if (last.done) {
    if (options.format === 'pretty') terminal.print(`${what} has rolled out: ${last.available} of ${last.wanted} run.`);
    return;
  }
  const next = `see why with: ${again(`kubectl get pods -n ${options.namespace}`)}`;
  if (last.stuck !== undefined) throw new Failure(`${what} is stuck: ${last.stuck}`, { next });
  const state = `${what} has not rolled out: ${progressLine(last)}`;
  throw options.watch
    ? new Failure(`${state} after ${options.timeout} s`, { next, exitCode: exitCodes.timeout })
    : new Failure(state, { next });
}

async function find(
  client: HubClient,
  text: string,
  namespace: string,
): Promise<{ kind: WorkloadKind; name: string; object: RolledOut }> {
  const { kinds, name } = workload(text);
  for (const kind of kinds) {
    const path = `${namespaced('/apis/apps/v1', namespace, kind)}/${encodeURIComponent(name)}`;
    try {
      return { kind, name, object: await client.call<RolledOut>('GET', path) };
    } catch (error) {
      if (!(error instanceof HubRefusal) || error.status.code !== 404) throw error;
    }
  }
  throw new Failure(`nothing that rolls out is called "${name}" in namespace "${namespace}"`, {
    next: `see what there is with: ${again('kubectl get deployments,statefulsets,daemonsets --all-namespaces')}`,
  });
}

function workload(text: string): ReturnType<typeof readWorkload> {
  try {
    return readWorkload(text);
  } catch (error) {
    throw new Failure((error as Error).message, { exitCode: exitCodes.usage });
  }
}

/** `coracle status`: is it running, is it ready, and if not, what is missing. */
import type { Command } from 'commander';
import type { DataDir } from '../../hub/base/data-dir.ts';
import { again } from './again.ts';
import { chosenDataDir, withDataDir } from './data-dir-option.ts';
import { exitCodes } from './failure.ts';
import { checkFormat, printStructured } from './output-format.ts';
import { findAddon, readAddons } from './addon-client.ts';
import { addonViews } from './addons.ts';
import { HubClient } from './hub-client.ts';
import { lookAtHub, type StatusReport } from './status-report.ts';
import { seconds } from './seconds-option.ts';
import { columns, type Terminal } from './terminal.ts';

/** How long one look may take, and how long to wait between two, in milliseconds. */
const lookTimeout = 5000;
const lookAgain = 250;
const shortestLook = 100;

interface StatusOptions {
  dataDir?: string;
  waitReady?: boolean;
  timeout: number;
  addon?: string;
  format: string;
}

/** Adds the command. */
export function addStatus(program: Command, terminal: Terminal): void {
  withDataDir(program.command('status'))
    .description('show whether hub and nodes are ready, and what is not')
    .option('-w, --wait-ready', 'wait until everything is ready')
    .option('-t, --timeout <seconds>', 'how long to wait at most', seconds, 120)
    .option('-a, --addon <name>', 'only how this addon is')
    .option('--format <format>', 'pretty, short, yaml or json', 'pretty')
    .addHelpText('after', '\nExamples:\n  coracle status --wait-ready --timeout 60\n  coracle status --format json')
    .action(async (options: StatusOptions) => {
      checkFormat(options.format, ['pretty', 'short', 'yaml', 'json']);
      if (options.addon !== undefined) return showAddon(options.addon, options, terminal);
      const report = await look(chosenDataDir(options), options);
      await printReport(terminal, options.format, report);
      if (!report.ready) process.exitCode = exitCodes.failed;
    });
}

async function look(dir: DataDir, options: StatusOptions): Promise<StatusReport> {
  const deadline = Date.now() + options.timeout * 1000;
  for (;;) {
    const left = deadline - Date.now();
    const report = await lookAtHub(dir, Math.min(lookTimeout, Math.max(left, shortestLook)));
    if (report.ready || options.waitReady !== true || Date.now() >= deadline) return report;
    await new Promise((resolve) => setTimeout(resolve, Math.min(lookAgain, Math.max(0, deadline - Date.now()))));
  }
}

async function printReport(terminal: Terminal, format: string, report: StatusReport): Promise<void> {
  if (format === 'json' || format === 'yaml') return printStructured(terminal, format, structured(report));
  for (const line of format === 'short' ? shortLines(report) : prettyLines(report, terminal.colours))
    terminal.print(line);
}

function structured(report: StatusReport): object {
  return {
    coracle: { running: report.running, ready: report.ready },
    ...(report.api === '' ? {} : { api: report.api }),
    ...(report.node === undefined ? {} : { node: report.node }),
    problems: report.problems,
    nodes: report.nodes.map(({ name, ready, reason, version, runtime, address }) => ({
      name,
      ready,
      ...(reason === '' ? {} : { reason }),
      version,
      runtime,
      address,
    })),
    addons: report.addons.map(({ description: _, ...view }) => view),
  };
}

function headline(report: StatusReport): string {
  const { node } = report;
  if (node !== undefined)
    return `this machine is node ${node.name} of the hub at ${node.hub}, its agent ${report.running ? 'runs' : 'does not run'}`;
  if (!report.running) return 'coracle is not running';
  return report.ready ? 'coracle is running' : 'coracle is running, but not ready';
}

function shortLines(report: StatusReport): string[] {
  return [headline(report), ...report.problems];
}

function prettyLines(report: StatusReport, colours: boolean): string[] {
  if (!report.running) return [headline(report), `start it with: ${again('start')}`];
  if (report.node !== undefined) return [headline(report)];
  const ready = report.nodes.filter((node) => node.ready).length;
  const paint = (text: string, good: boolean): string => (colours ? `\u001b[${good ? 32 : 31}m${text}\u001b[0m` : text);
  const rows = report.nodes.map((node) => [
    `  ${node.name}`,
    node.ready ? 'Ready' : 'NotReady',
    node.address,
    node.version,
    node.runtime,
  ]);
  const addons = report.addons.map((addon) => [
    ...[`  ${addon.name}`, addon.version, addon.status],
    ...[addon.wanted === 0 ? '' : `${addon.ready} of ${addon.wanted} ready`, addon.message ?? ''],
  ]);
  return [
    paint(headline(report), report.ready),
    `api: ${report.api}`,
    `nodes: ${ready} of ${report.nodes.length} ready`,
    ...columns(rows),
    ...(addons.length === 0 ? [] : ['addons:', ...columns(addons)]),
    ...(report.problems.length === 0 ? [] : ['not ready:', ...report.problems.map((problem) => `  ${problem}`)]),
  ];
}

/** One addon, as `addons list` shows it; exit code 1 when it is not ready. API: MicroK8s prints one word, which scripts compare. */
async function showAddon(name: string, options: StatusOptions, terminal: Terminal): Promise<void> {
  const there = await readAddons(new HubClient(chosenDataDir(options)));
  findAddon(there, name);
  const view = addonViews(there).find((one) => one.name === name && one.status !== 'disabled');
  if (options.format === 'json' || options.format === 'yaml')
    await printStructured(terminal, options.format, view ?? { name, status: 'disabled' });
  else {
    terminal.print(view === undefined ? 'disabled' : 'enabled');
    if (view !== undefined && options.format === 'pretty') {
      terminal.print(`${view.version} ${view.status}, ${view.ready} of ${view.wanted} ready`);
      if (view.message !== undefined) terminal.print(view.message);
    }
  }
  if (view?.status !== 'Ready') process.exitCode = exitCodes.failed;
}

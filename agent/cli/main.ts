/** The command line `coracle`. */
import { Command, CommanderError } from 'commander';
import { addAddNode } from './add-node.ts';
import { addAddons } from './addons.ts';
import { addBackup } from './backup.ts';
import { addCompletion } from './completion.ts';
import { addConfig } from './config.ts';
import { withDataDir } from './data-dir-option.ts';
import { addDisable } from './disable.ts';
import { addEnable } from './enable.ts';
import { exitCodes, Failure } from './failure.ts';
import { addHelp } from './help.ts';
import { addImages } from './images.ts';
import { addInspect } from './inspect.ts';
import { addJoin } from './join.ts';
import { addKubectl } from './kubectl.ts';
import { addLeave } from './leave.ts';
import { addLogs } from './logs.ts';
import { calledHere } from './microk8s-commands.ts';
import { addPause } from './pause.ts';
import { profileDir } from './profile.ts';
import { addRefreshCerts } from './refresh-certs.ts';
import { addRemoveNode } from './remove-node.ts';
import { addReset } from './reset.ts';
import { addRollout } from './rollout.ts';
import { addSecrets } from './secrets.ts';
import { addService } from './service.ts';
import { addStart } from './start.ts';
import { addStatus } from './status.ts';
import { addStop } from './stop.ts';
import { processTerminal } from './terminal.ts';
import { inWords } from './system-words.ts';
import { addTunnel } from './tunnel.ts';
import { addVersion } from './version.ts';

// A reader that has seen enough (`| head`) is no failure, and no reason to leave half done what is being done.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    if (stream === process.stdout) terminal.note(`coracle: the output cannot be written: ${inWords(error)}`);
    process.exit(exitCodes.failed);
  });
}
const terminal = processTerminal();
const program = withDataDir(new Command('coracle'))
  .description('Kubernetes for places where Kubernetes does not fit')
  .option('-p, --profile <name>', 'another cluster of this user, by name: a data directory of its own')
  .addHelpText(
    'after',
    '\nExamples:\n  coracle start\n  coracle status --wait-ready\n  coracle add-node\n  coracle -p lab start --api-port 0 --join-port 0 --mqtt-port 0',
  )
  .enablePositionalOptions()
  .showSuggestionAfterError()
  .exitOverride();

// commands, and programs they start, see a profile as the data directory it is
program.on('option:profile', (name: string) => {
  process.env['CORACLE_DATA_DIR'] = profileDir(name);
});

addStart(program, terminal);
addStop(program, terminal);
addStatus(program, terminal);
addAddNode(program, terminal);
addJoin(program, terminal);
addLeave(program, terminal);
addRemoveNode(program, terminal);
addEnable(program, terminal);
addDisable(program, terminal);
addAddons(program, terminal);
addKubectl(program);
addConfig(program, terminal);
addSecrets(program, terminal);
addImages(program, terminal);
addInspect(program, terminal);
addLogs(program, terminal);
addPause(program, terminal);
addService(program, terminal);
addTunnel(program, terminal);
addRollout(program, terminal);
addBackup(program, terminal);
addRefreshCerts(program, terminal);
addReset(program, terminal);
addVersion(program, terminal);
addCompletion(program, terminal);
addHelp(program);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

function report(error: unknown): number {
  // commander has already printed its own sentence, or the help that was asked for
  if (error instanceof CommanderError) {
    if (error.message.startsWith('error: ')) adviseOn(error);
    return error.exitCode === 0 ? 0 : exitCodes.usage;
  }
  if (!(error instanceof Failure)) {
    terminal.note(`coracle: ${explained(error)}`);
    return exitCodes.failed;
  }
  terminal.note(`coracle: ${error.message}`);
  if (error.next !== undefined) terminal.note(`  ${error.next}`);
  return error.exitCode;
}

/** What to do about a line that was not understood, unless commander has named what is nearest to it. */
function adviseOn(error: CommanderError): void {
  const advice = specialAdvice(error);
  const general = 'coracle --help says what there is, coracle COMMAND --help what it takes';
  if (advice !== undefined) terminal.note(`  ${advice}`);
  else if (!error.message.includes('Did you mean')) terminal.note(`  ${general}`);
}

function specialAdvice({ code, message }: CommanderError): string | undefined {
  if (code === 'commander.unknownCommand') return calledHere(program.args[0] ?? '');
  if (code === 'commander.unknownOption' && /'(-p|--profile)\b/.test(message))
    return 'a profile stands before the command: coracle -p NAME COMMAND';
  return undefined;
}

/** The system says what it refused, and of which file; anything else is a fault of ours, with the place it came from. */
function explained(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'syscall' in error ? error.message : (error.stack ?? error.message);
}

/** The command line `coracle`. */
import { Command, CommanderError } from 'commander';
import { addAddNode } from './add-node.ts';
import { addConfig } from './config.ts';
import { exitCodes, Failure } from './failure.ts';
import { addJoin } from './join.ts';
import { addKubectl } from './kubectl.ts';
import { addLeave } from './leave.ts';
import { addRemoveNode } from './remove-node.ts';
import { addReset } from './reset.ts';
import { addSecrets } from './secrets.ts';
import { addStart } from './start.ts';
import { addStatus } from './status.ts';
import { addStop } from './stop.ts';
import { processTerminal } from './terminal.ts';
import { addVersion } from './version.ts';

// a reader that has seen enough (`| head`) is no failure
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  throw error;
});
const terminal = processTerminal();
const program = new Command('coracle')
  .description('Kubernetes for places where Kubernetes does not fit')
  .enablePositionalOptions()
  .showSuggestionAfterError()
  .exitOverride();

addStart(program, terminal);
addStop(program, terminal);
addStatus(program, terminal);
addAddNode(program, terminal);
addJoin(program, terminal);
addLeave(program, terminal);
addRemoveNode(program, terminal);
addKubectl(program);
addConfig(program, terminal);
addSecrets(program, terminal);
addReset(program, terminal);
addVersion(program, terminal);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

function report(error: unknown): number {
  // commander has already printed its own sentence, or the help that was asked for
  if (error instanceof CommanderError) {
    if (error.message.startsWith('error: ') && !error.message.includes('Did you mean'))
      terminal.note('  coracle --help says what there is, coracle COMMAND --help what it takes');
    return error.exitCode === 0 ? 0 : exitCodes.usage;
  }
  if (!(error instanceof Failure)) {
    terminal.note(`coracle: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return exitCodes.failed;
  }
  terminal.note(`coracle: ${error.message}`);
  if (error.next !== undefined) terminal.note(`  ${error.next}`);
  return error.exitCode;
}

/** How a program of Coracle is started from another one: out of its sources, or out of the standalone binaries. */
import { dirname, join } from 'node:path';
import { isSea } from 'node:sea';

/** A command line that can be given to spawn or execFile. */
export interface ProgramCommand {
  readonly file: string;
  readonly args: readonly string[];
}

/**
 * The command line of `program`. Out of sources that is this process' Node with `script`; the binary `coracle` takes the name of
 * a program as first argument and carries all but the hub, which is the binary `coracle-hub` beside it. `flags` are Node's.
 */
export function programCommand(options: {
  program: 'hub' | 'agent' | 'hardware';
  script: string;
  flags?: readonly string[];
  args?: readonly string[];
}): ProgramCommand {
  const { program, script, flags = [], args = [] } = options;
  if (!isSea()) return { file: process.execPath, args: [...flags, script, ...args] };
  const nodeOptions = flags.length === 0 ? [] : [`--node-options=${flags.join(' ')}`];
  return program === 'hub'
    ? { file: join(dirname(process.execPath), 'coracle-hub'), args: [...nodeOptions, ...args] }
    : { file: process.execPath, args: [...nodeOptions, program, ...args] };
}

/**
 * The program of the `tools` image: what tests need inside of containers and a shell cannot do. `tools COMMAND …`; every
 * command prints JSON or plain lines, and ends with 1 and one line of words when it fails.
 */

/** Each command in its own file, loaded when it is asked for. */
const commands: Readonly<Record<string, () => Promise<{ command(args: string[]): Promise<void> }>>> = {
  serve: () => import('./serve.ts'),
  dial: () => import('./dial.ts'),
  look: () => import('./look.ts'),
  identity: () => import('./identity.ts'),
  resolve: () => import('./resolve.ts'),
  logs: () => import('./logs.ts'),
  memory: () => import('./memory.ts'),
  pause: () => import('./pause.ts'),
  reach: () => import('./reach.ts'),
};

const [name = '', ...args] = process.argv.slice(2);
const load = commands[name];
try {
  if (load === undefined) throw new Error(`unknown command "${name}"; there are ${Object.keys(commands).join(', ')}`);
  await (await load()).command(args);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}

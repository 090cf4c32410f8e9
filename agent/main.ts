/**
 * The agent as a process: `main.ts --data-dir DIR [--with-parent]`. With `--end-pods` it only ends what an agent that
 * is gone has left running, prints how many containers that were, and exits; with `--forget` besides, nothing of them is left.
 *
 * SIGTERM (an upgrade, a restart of the service) leaves the Pods running and the next agent takes them over; SIGINT
 * (`coracle stop`, Ctrl-C) ends them first, and so does a SIGTERM while the machine goes down.
 */
import { parseArgs } from 'node:util';
import { readAgentSettings } from '../hub/base/agent-settings.ts';
import { readRunFile, runDaemon } from '../hub/base/daemon.ts';
import { chooseDataDir, dataDir } from '../hub/base/data-dir.ts';
import { createLog } from '../hub/base/log.ts';
import { isSystemStopping } from './shutdown/system-state.ts';

const { values } = parseArgs({
  options: {
    'data-dir': { type: 'string' },
    'with-parent': { type: 'boolean' },
    'end-pods': { type: 'boolean' },
    forget: { type: 'boolean' },
  },
});
const dir = dataDir(chooseDataDir(values['data-dir']));

if (values['end-pods'] === true) {
  const { endPods } = await import('./end-pods.ts');
  const log = createLog({ level: 'error' });
  try {
    process.stdout.write(`${await endPods({ dir, log, forget: values.forget === true })}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
  // whatever is still under way
  process.exit();
}

await runDaemon({
  runFile: dir.agent.run,
  withParent: values['with-parent'] === true,
  async start() {
    const other = readRunFile(dir.agent.run);
    if (other !== undefined) throw new Error(`an agent (process ${other.pid}) runs already in ${dir.root}`);
    const settings = readAgentSettings(dir.agent.settings);
    const log = createLog({ level: settings.logLevel });
    const { openAgent } = await import('./agent.ts');
    const agent = await openAgent({ dir, settings, log });
    return {
      ports: {},
      async stop(reason) {
        const terminated = reason === 'terminate' && settings.shutdownGracePeriod > 0;
        await agent.stop({ pods: reason === 'interrupt', shutdown: terminated && (await isSystemStopping()) });
      },
    };
  },
});

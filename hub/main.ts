/** The hub as a process: `main.ts --data-dir DIR [--with-parent]`. */
import { parseArgs } from 'node:util';
import { runDaemon } from './base/daemon.ts';
import { chooseDataDir, dataDir } from './base/data-dir.ts';
import { readHubSettings } from './base/hub-settings.ts';
import { createLog } from './base/log.ts';

const { values } = parseArgs({ options: { 'data-dir': { type: 'string' }, 'with-parent': { type: 'boolean' } } });
const dir = dataDir(chooseDataDir(values['data-dir']));

await runDaemon({
  runFile: dir.hub.run,
  withParent: values['with-parent'] === true,
  async start(progress) {
    const settings = readHubSettings(dir.hub.settings);
    const log = createLog({ level: settings.logLevel });
    const { openHub } = await import('./hub.ts');
    const hub = await openHub({ dir, settings, log, progress });
    return { ports: hub.ports, stop: () => hub.stop() };
  },
});

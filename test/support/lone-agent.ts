/** A lone node as a process of its own, to be killed: `lone-agent.ts DIR BOOT`; prints a line when it runs. */
import { startLoneNode } from './lone-node.ts';

const [dir = '', boot = 'boot-1'] = process.argv.slice(2);
const node = await startLoneNode({ dir, boot });
await node.pods.settled();
process.stdout.write('ready\n');
// holds the process until it is killed
setInterval(() => {}, 60_000);

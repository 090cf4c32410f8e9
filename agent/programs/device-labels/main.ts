/** The program of the addon device-labels, once on each node. */
import { runProgram } from '../client/program.ts';
import { keepNodeLabels } from './node-labels.ts';

await runProgram('device-labels', async (context) => {
  const node = process.env['NODE_NAME'] ?? '';
  if (node === '') throw new Error('NODE_NAME is not set');
  return keepNodeLabels({ ...context, node, daemonSet: 'device-labels', root: '/' });
});

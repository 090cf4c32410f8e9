/** The program of the addon loadbalancer, once on each node. */
import { runProgram } from '../client/program.ts';
import { openInterface } from './interface.ts';
import { balanceLoad } from './load-balancer.ts';
import { Pool } from './pool.ts';

function setting(name: string): string {
  const value = process.env[name] ?? '';
  if (value === '') throw new Error(`${name} is not set`);
  return value;
}

await runProgram('loadbalancer', async (context) =>
  balanceLoad({
    ...{ ...context, pool: new Pool(process.env['ADDRESSES'] ?? ''), daemonSet: 'loadbalancer' },
    ...{ node: setting('NODE_NAME'), pod: setting('POD_NAME') },
    interface: await openInterface(),
  }),
);

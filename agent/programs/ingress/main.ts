/** The program of the addon ingress, once on each node. */
import { parseQuantity } from '../../../hub/api/quantity.ts';
import { runProgram } from '../client/program.ts';
import { serveIngresses } from './ingress.ts';

function setting(name: string): string {
  const value = process.env[name] ?? '';
  if (value === '') throw new Error(`${name} is not set`);
  return value;
}

await runProgram('ingress', async (context) => {
  const maxBody = parseQuantity(setting('MAX_BODY'));
  if (maxBody === undefined) throw new Error('MAX_BODY is no quantity');
  const address = process.env['ADDRESS'] ?? '';
  const directory = process.env['CORACLE_VOLUME_STATE'] ?? '';
  return serveIngresses({
    ...context,
    ...(address === '' ? {} : { address }),
    ...(directory === '' ? {} : { directory }),
    className: setting('INGRESS_CLASS'),
    pod: setting('POD_NAME'),
    daemonSet: 'ingress',
    externalNames: setting('EXTERNAL_NAMES') === 'true',
    httpPort: Number(setting('HTTP_PORT')),
    httpsPort: Number(setting('HTTPS_PORT')),
    timeout: Number(setting('BACKEND_TIMEOUT')) * 1000,
    maxBody,
    accessLog: setting('ACCESS_LOG') === 'true',
  });
});

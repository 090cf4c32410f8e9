/** Health: /healthz, /livez and /readyz, whole or check by check. */
import type { Call } from './call.ts';
import { sendText } from './respond.ts';

/** One check; answers what is wrong, or undefined when all is well. */
export interface HealthCheck {
  readonly name: string;
  /** Which of the three it belongs to, besides healthz. */
  readonly livez: boolean;
  readonly readyz: boolean;
  check(): string | undefined | Promise<string | undefined>;
}

/** Always well: the process answers. */
export const ping: HealthCheck = { name: 'ping', livez: true, readyz: true, check: () => undefined };

type Endpoint = 'healthz' | 'livez' | 'readyz';

/** Answers a health path; false when there is no such path. */
export async function serveHealth(checks: readonly HealthCheck[], call: Call): Promise<boolean> {
  const [, endpoint = '', name, ...rest] = call.path.split('/');
  if (!isEndpoint(endpoint) || rest.length > 0) return false;
  const mine = checks.filter((one) => endpoint === 'healthz' || one[endpoint]);
  const asked = name === undefined || name === '' ? mine : mine.filter((one) => one.name === name);
  if (asked.length === 0) return false;
  const excluded = new Set(call.query.getAll('exclude'));
  const lines: string[] = [];
  let failed = 0;
  for (const one of asked) {
    const wrong = excluded.has(one.name) ? undefined : await one.check();
    if (wrong === undefined) lines.push(`[+]${one.name} ${excluded.has(one.name) ? 'excluded: ok' : 'ok'}`);
    else {
      failed += 1;
      lines.push(`[-]${one.name} failed: ${wrong}`);
    }
  }
  const single = name !== undefined && name !== '';
  if (failed > 0) sendText(call, 500, `${lines.join('\n')}\n${endpoint} check failed\n`);
  else if (single || !call.query.has('verbose')) sendText(call, 200, 'ok');
  else sendText(call, 200, `${lines.join('\n')}\n${endpoint} check passed\n`);
  return true;
}

function isEndpoint(text: string): text is Endpoint {
  return text === 'healthz' || text === 'livez' || text === 'readyz';
}

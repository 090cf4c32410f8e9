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
  const { lines, failed } = await run(asked, new Set(call.query.getAll('exclude')));
  const single = name !== undefined && name !== '';
  if (failed) sendText(call, 500, `${lines.join('\n')}\n${endpoint} check failed\n`);
  else if (single || !call.query.has('verbose')) sendText(call, 200, 'ok');
  else sendText(call, 200, `${lines.join('\n')}\n${endpoint} check passed\n`);
  return true;
}

/** A line for each check, and whether one failed. */
async function run(
  checks: readonly HealthCheck[],
  excluded: ReadonlySet<string>,
): Promise<{ lines: string[]; failed: boolean }> {
  const lines: string[] = [];
  let failed = false;
  for (const one of checks) {
    const { name } = one;
    const wrong = excluded.has(name) ? undefined : await one.check();
    failed ||= wrong !== undefined;
    if (wrong !== undefined) lines.push(`[-]${name} failed: ${wrong}`);
    else lines.push(`[+]${name} ${excluded.has(name) ? 'excluded: ok' : 'ok'}`);
  }
  return { lines, failed };
}

function isEndpoint(text: string): text is Endpoint {
  return text === 'healthz' || text === 'livez' || text === 'readyz';
}

/** Checks of what this data directory holds: certificates, settings, daemons. Pure. */
import { again } from '../again.ts';
import type { CertificateFact, DaemonFact, Facts } from './facts.ts';
import { type Check, type Finding, findingsOf } from './finding.ts';

const day = 24 * 3600_000;
/** Daemons renew by themselves at two thirds of a certificate's life; what has less than this left was not renewed. */
const soon = 7 * day;

/** Certificates that are over, or of another CA. */
export const certificates: Check = ({ certificates: all, now, joined, role }) => {
  const { ok, fail } = findingsOf('certificates');
  const findings = all.flatMap((one) => certificate(one, now));
  if (joined?.certificateEnd !== undefined && joined.certificateEnd < now)
    findings.push(
      fail(
        `expired certificate: the one the hub shows ended on ${date(joined.certificateEnd)}`,
        'on the hub: coracle refresh-certs',
      ),
    );
  if (findings.length > 0 || all.length === 0) return findings;
  const first = Math.min(...all.map(({ end = Number.POSITIVE_INFINITY }) => end));
  return [ok(`${all.length} certificates of this ${role} are good, the first until ${date(first)}`)];
};

function certificate({ name, file, trouble, end, isOfCa }: CertificateFact, now: number): Finding[] {
  const { warn, fail } = findingsOf('certificates');
  const isNode = name.includes('node');
  const anew = isNode
    ? `${again('leave')}, then join again with a line of \`coracle add-node\``
    : again('refresh-certs');
  if (trouble !== undefined) return [fail(`${name} cannot be read: ${trouble} (${file})`, anew)];
  if (isOfCa === false)
    return [
      fail(
        `wrong CA: ${name} (${file}) is not signed by the CA it lies beside`,
        isNode ? anew : `restore ca.crt and ca.key from a backup, or ${again('refresh-certs')}`,
      ),
    ];
  if (end === undefined) return [];
  if (end < now) return [fail(`expired certificate: ${name} ended on ${date(end)} (${file})`, anew)];
  if (end < now + soon) {
    const days = Math.floor((end - now) / day);
    return [
      warn(`${name} ends in ${days} days and was not renewed`, isNode ? 'check that the agent reaches its hub' : anew),
    ];
  }
  return [];
}

const date = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** Settings a daemon would refuse. */
export const settings: Check = ({ hub, agent }) => {
  const { ok, fail } = findingsOf('settings');
  const troubles = [hub, agent].flatMap(({ settingsTrouble }) => settingsTrouble ?? []);
  if (troubles.length === 0) return [ok('settings are good')];
  return troubles.map((text) => fail(text, `correct it with: ${again('config set')}, or ${again('config unset')}`));
};

/** Daemons that were started and do not run. */
export const daemons: Check = (facts) => {
  const { ok, warn } = findingsOf('daemons');
  if (facts.role === 'nothing yet')
    return [
      warn(
        'nothing was started in this data directory yet',
        `${again('start')}, or ${again('join HOST:PORT/TOKEN/CAHASH')}`,
      ),
    ];
  const findings = [...daemon('hub', facts.hub, facts), ...daemon('agent', facts.agent, facts)];
  return findings.length > 0 ? findings : [ok('what belongs here runs')];
};

function daemon(name: 'hub' | 'agent', { isMeant, isRunning, lastError }: DaemonFact, { role }: Facts): Finding[] {
  const { fail } = findingsOf('daemons');
  if (!isMeant || isRunning) return [];
  const why = lastError === undefined ? '' : `: ${lastError}`;
  const start = role === 'hub' && name === 'hub' ? `${again('start')} (or ${again('unpause')})` : again('start');
  return [fail(`the ${name} does not run${why}`, `start it with: ${start}`)];
}

/** What the hub itself says. */
export const cluster: Check = ({ problems, hub }) => {
  const { ok, fail } = findingsOf('cluster');
  if (!hub.isRunning) return [];
  if (problems.length === 0) return [ok('the hub and all its nodes are ready')];
  return problems.map((text) => fail(text, 'inspect that machine: coracle inspect, there'));
};

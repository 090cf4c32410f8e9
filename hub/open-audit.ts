/** The audit log put together, where an operator has a policy for one. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from './base/clock.ts';
import type { DataDir } from './base/data-dir.ts';
import type { HubSettings } from './base/hub-settings.ts';
import type { Part } from './base/lifecycle.ts';
import type { Log } from './base/log.ts';
import type { Auditor } from './server/audit/auditor.ts';

const megabyte = 1024 * 1024;
const day = 24 * 3600_000;

/** The log, which writes while its part runs. */
export interface OpenAudit {
  readonly auditor: Auditor;
  readonly part: Part;
}

/** Reads the policy; undefined when there is none: nothing is loaded then. Throws an Error that names the file and the field. */
export async function openAudit(options: {
  readonly dir: DataDir;
  readonly settings: HubSettings;
  readonly clock: Clock;
  readonly log: Log;
}): Promise<OpenAudit | undefined> {
  const { dir, settings, clock, log } = options;
  if (settings.auditPolicyFile === '') return undefined;
  const { Auditor } = await import('./server/audit/auditor.ts');
  const { readAuditPolicy } = await import('./server/audit/read-policy.ts');
  const { RotatingFile } = await import('./base/rotating-file.ts');
  const policy = await readAuditPolicy(settings.auditPolicyFile);
  const file = new RotatingFile({
    path: settings.auditLogPath === '' ? join(dir.hub.dir, 'audit.log') : settings.auditLogPath,
    maxSize: settings.auditLogMaxSize * megabyte,
    maxBackups: settings.auditLogMaxBackups,
    maxAge: settings.auditLogMaxAge * day,
    clock,
    log,
  });
  return { auditor: new Auditor({ policy, write: (line) => file.write(line), clock, newId: randomUUID }), part: file };
}

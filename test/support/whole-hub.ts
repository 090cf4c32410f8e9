/** The whole hub in this process: SQLite, controllers, broker and all, with its log kept to be looked at. */
import { Agent } from 'node:https';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { dataDir } from '../../hub/base/data-dir.ts';
import { type HubSettings, hubDefaults } from '../../hub/base/hub-settings.ts';
import type { Log } from '../../hub/base/log.ts';
import { type Hub, openHub } from '../../hub/hub.ts';

/** One line of the log. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Record<string, unknown>;
}

/** A log that keeps its lines. */
function keepingLog(lines: LogLine[]): Log {
  const keep =
    (level: LogLine['level']) =>
    (fields: object, message: string): void => {
      lines.push({ level, message, fields: { ...fields } });
    };
  const log: Log = {
    debug: () => {},
    info: keep('info'),
    warn: keep('warn'),
    error: keep('error'),
    child: () => log,
  };
  return log;
}

/** The running hub. */
export interface WholeHub {
  readonly ports: Hub['ports'];
  readonly log: readonly LogLine[];
  /** Connections as the administrator. */
  readonly agent: Agent;
  /** The hub's CA certificate, PEM. */
  readonly ca: string;
  stop(): Promise<void>;
}

/** Opens a hub over `dir` on free ports; the caller stops it. */
export async function openWholeHub(dir: string, settings: Partial<HubSettings> = {}): Promise<WholeHub> {
  const lines: LogLine[] = [];
  const hub = await openHub({
    dir: dataDir(dir),
    settings: { ...hubDefaults, bindAddress: '127.0.0.1', apiPort: 0, joinPort: 0, mqttPort: 0, ...settings },
    log: keepingLog(lines),
  });
  const text = readFileSync(join(dir, 'kubeconfig'), 'utf8');
  const decode = (name: string): string =>
    Buffer.from(new RegExp(`${name}: *([^\\s]+)`).exec(text)?.[1] ?? '', 'base64').toString();
  const ca = decode('certificate-authority-data');
  const tls = { ca, cert: decode('client-certificate-data'), key: decode('client-key-data') };
  const agent = new Agent({ keepAlive: true, maxSockets: 8, ...tls });
  return {
    ports: hub.ports,
    log: lines,
    agent,
    ca,
    async stop() {
      agent.destroy();
      await hub.stop();
    },
  };
}

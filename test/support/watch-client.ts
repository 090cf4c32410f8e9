/** Reads a watch line by line over real HTTPS. */
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { HubApi } from './hub-api.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look wherever they like
type Line = any;

/** One open watch. */
export interface WatchClient {
  readonly status: number;
  /** Everything that arrived, parsed. */
  readonly events: Line[];
  /** `ADDED a, MODIFIED a`: what arrived, in short. */
  summary(): string;
  readonly ended: Promise<void>;
  pause(): void;
  resume(): void;
  close(): void;
}

/** Opens a watch as the administrator. */
export function openWatch(hub: HubApi, path: string, headers: Record<string, string> = {}): Promise<WatchClient> {
  return new Promise((resolve, reject) => {
    const sent: ClientRequest = request(
      { ...hub.agent.options, agent: false, host: '127.0.0.1', port: hub.port, path, headers },
      (response: IncomingMessage) => resolve(clientOf(sent, response)),
    );
    sent.on('error', reject);
    sent.end();
  });
}

function clientOf(sent: ClientRequest, response: IncomingMessage): WatchClient {
  const events: Line[] = [];
  let rest = '';
  response.setEncoding('utf8');
  response.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) events.push(JSON.parse(line));
  });
  response.on('error', () => {});
  return {
    status: response.statusCode ?? 0,
    events,
    summary: () => events.map((one) => `${one.type} ${one.object.metadata?.name ?? ''}`.trim()).join(', '),
    ended: new Promise((resolve) => response.on('close', resolve)),
    pause: () => response.pause(),
    resume: () => response.resume(),
    close: () => sent.destroy(),
  };
}

/** Requests to an address under another name, as a client sends them that found the address by DNS. */
import { request } from 'node:http';
import { request as tlsRequest } from 'node:https';

/** Asks `url` as `host`; `ca` has to have signed its certificate. Resolves with the status and the body: `200 text`. */
export function fetchAs(host: string, url: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const how = { headers: { host }, agent: false as const };
    const sent = url.startsWith('https:') ? tlsRequest(url, { ...how, servername: host, ca }) : request(url, how);
    sent.on('error', reject);
    sent.on('response', (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.on('end', () => resolve(`${answer.statusCode ?? 0} ${text}`));
    });
    sent.end();
  });
}

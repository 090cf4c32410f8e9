/** The paths that `serve` answers over HTTP. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { hostname } from 'node:os';
import { dialOften } from './dial.ts';
import type { Health } from './serve.ts';

/** Answers one path; throws where that is what the asker gets as 400. */
type Path = (query: URLSearchParams, request: IncomingMessage, response: ServerResponse) => unknown;

const plain = (address = ''): string => address.replace(/^::ffff:/, '');

function paths(health: Health): Readonly<Record<string, Path>> {
  const say = (response: ServerResponse, code: number, text: string): unknown => response.writeHead(code).end(text);
  return {
    '/': (_query, _request, response) => response.end('ok'),
    '/hostname': (_query, _request, response) => response.end(hostname()),
    '/clientip': (_query, { socket }, response) => response.end(`${plain(socket.remoteAddress)}:${socket.remotePort}`),
    '/echo': (query, _request, response) => say(response, Number(query.get('code') ?? 200), query.get('msg') ?? ''),
    '/header': (query, { headers }, response) => response.end(headers[(query.get('key') ?? '').toLowerCase()]),
    '/redirect': (query, _request, response) =>
      response.writeHead(Number(query.get('code') ?? 302), { location: query.get('loc') ?? '/' }).end(),
    /** 200 while health is good, then 500. */
    '/healthz': (_query, _request, response) => say(response, health.good ? 200 : 500, health.good ? 'ok' : 'bad'),
    '/fail': (_query, _request, response) => {
      health.good = false;
      response.end('health is bad');
    },
    '/recover': (_query, _request, response) => {
      health.good = true;
      response.end('health is good');
    },
    /** Lines of the requests so far, this one not among them. */
    '/requests': (_query, _request, response) => response.end(health.requests.join('\n')),
    '/read': (query, _request, response) => response.end(readFileSync(query.get('path') ?? '')),
    /** Ends this process. */
    '/exit': (query, _request, response) => response.end('bye', () => process.exit(Number(query.get('code') ?? 0))),
    /** Answers after `ms` milliseconds. */
    '/slow': (query, _request, response) => setTimeout(() => response.end('ok'), Number(query.get('ms') ?? 0)),
    /** Runs `command` in a shell; JSON of code, stdout and stderr. */
    '/shell': (query, _request, response) =>
      execFile('/bin/sh', ['-c', query.get('command') ?? ''], (error, stdout, stderr) =>
        response.end(JSON.stringify({ code: error === null ? 0 : (error.code ?? -1), stdout, stderr })),
      ),
    /** Dials from here (see dial.ts); JSON of the answers. */
    '/dial': (query, _request, response) =>
      void dialOften({
        target: query.get('target') ?? '',
        tries: Number(query.get('tries') ?? 1),
        timeout: Number(query.get('timeout') ?? 2000),
      }).then((outcome) => response.end(JSON.stringify(outcome))),
  };
}

/** A listener for HTTP servers. */
export function answerPath(health: Health): RequestListener {
  const known = paths(health);
  return (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const answer = Object.hasOwn(known, url.pathname) ? known[url.pathname] : undefined;
    try {
      if (answer === undefined) response.writeHead(404).end('no such path');
      else answer(url.searchParams, request, response);
    } catch (error) {
      response.writeHead(400).end((error as Error).message);
    }
    if (url.pathname === '/requests') return;
    const agent = request.headers['user-agent'] ?? '-';
    const line = `${request.method} ${request.url} host=${request.headers.host ?? '-'} agent=${agent}`;
    process.stdout.write(`${line}\n`);
    health.requests.push(line);
    if (health.requests.length > 1000) health.requests.shift();
  };
}

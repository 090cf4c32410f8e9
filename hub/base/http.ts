/**
 * What is used of node:http. As an ES module it shows all its exports at once, and some of them load the whole of `fetch`
 * and WebSocket behind them: 6 MB of every process. Asked for as a built-in it does not.
 */
import type * as Http from 'node:http';

const http: typeof Http = process.getBuiltinModule('node:http');

/** Asks over plain HTTP. */
export const request: typeof Http.request = http.request;

/** Texts of HTTP statuses by code. */
export const statusTexts: typeof Http.STATUS_CODES = http.STATUS_CODES;

/** An answer that is not of Node's own server. */
export const ServerResponse: typeof Http.ServerResponse = http.ServerResponse;

/** Listens for plain HTTP. */
export const createServer: typeof Http.createServer = http.createServer;

/** Keeps connections of requests. */
export const Agent: typeof Http.Agent = http.Agent;

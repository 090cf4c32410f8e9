/** An API server of one group, to stand behind the hub: it believes the front proxy who asks, and asks the hub whether they may. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** Its group and version. */
export const group = 'wardle.example.com';
export const version = 'v1alpha1';
const base = `/apis/${group}/${version}`;

/** What it is started with: its own certificate, and how it talks to the hub as a ServiceAccount. */
export interface SampleOptions {
  readonly port: number;
  readonly cert: string;
  readonly key: string;
  readonly hub: { readonly url: string; readonly ca: string; readonly token: string };
}

/** The running server. */
export interface SampleServer {
  readonly port: number;
  close(): void;
}

interface Flunder {
  kind: string;
  apiVersion: string;
  metadata: { name: string; namespace: string; resourceVersion?: string; annotations?: Record<string, string> };
  [field: string]: unknown;
}

interface Asker {
  readonly name: string;
  readonly groups: readonly string[];
}

/** What the ConfigMap kube-system/extension-apiserver-authentication says. */
interface FrontProxy {
  readonly ca: string;
  readonly names: readonly string[];
  readonly userHeader: string;
  readonly groupHeader: string;
}

type Sent = { method: string; path: string; body?: object };

function askHub<T>({ url, ca, token }: SampleOptions['hub'], { method, path, body }: Sent): Promise<T> {
  return new Promise((resolve, reject) => {
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
    const asked = request(new URL(path, url), { method, ca, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        text += chunk;
      });
      answer.on('end', () => {
        if ((answer.statusCode ?? 0) < 300) resolve(JSON.parse(text) as T);
        else reject(new Error(`${method} ${path}: ${text}`));
      });
    });
    asked.on('error', reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function readFrontProxy(hub: SampleOptions['hub']): Promise<FrontProxy> {
  const path = '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication';
  const { data } = await askHub<{ data: Record<string, string> }>(hub, { method: 'GET', path });
  const list = (key: string): string[] => JSON.parse(data[key] ?? '[]') as string[];
  return {
    ca: data['requestheader-client-ca-file'] ?? '',
    names: list('requestheader-allowed-names'),
    userHeader: list('requestheader-username-headers')[0]?.toLowerCase() ?? '',
    groupHeader: list('requestheader-group-headers')[0]?.toLowerCase() ?? '',
  };
}

const resource = {
  name: 'flunders',
  singularName: 'flunder',
  namespaced: true,
  kind: 'Flunder',
  verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
};

const openApi = {
  openapi: '3.0.0',
  info: { title: 'sample', version: '1' },
  paths: { [`${base}/namespaces/{namespace}/flunders`]: { get: { responses: { 200: { description: 'OK' } } } } },
  components: { schemas: { 'com.example.wardle.v1alpha1.Flunder': { type: 'object' } } },
};

const documents: Readonly<Record<string, object>> = {
  [`/apis/${group}`]: {
    kind: 'APIGroup',
    apiVersion: 'v1',
    name: group,
    versions: [{ groupVersion: `${group}/${version}`, version }],
  },
  [base]: { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: `${group}/${version}`, resources: [resource] },
  '/openapi/v2': { swagger: '2.0', info: openApi.info, paths: openApi.paths, definitions: openApi.components.schemas },
  '/openapi/v3': { paths: { [base.slice(1)]: { serverRelativeURL: `/openapi/v3${base}?hash=1` } } },
  [`/openapi/v3${base}`]: openApi,
};

class Sample {
  readonly #options: SampleOptions;
  readonly #proxy: FrontProxy;
  readonly #flunders = new Map<string, Flunder>();
  readonly #watchers = new Set<ServerResponse>();
  #revision = 1;

  constructor(options: SampleOptions, proxy: FrontProxy) {
    this.#options = options;
    this.#proxy = proxy;
  }

  /** API: requestheader authentication: a certificate of the front proxy's CA with a name that is allowed. */
  asker(req: IncomingMessage): Asker | undefined {
    const socket = req.socket as TLSSocket;
    const name = socket.getPeerCertificate().subject?.CN;
    if (!socket.authorized || typeof name !== 'string' || !this.#proxy.names.includes(name)) return undefined;
    const [user] = req.headersDistinct[this.#proxy.userHeader] ?? [];
    return user === undefined ? undefined : { name: user, groups: req.headersDistinct[this.#proxy.groupHeader] ?? [] };
  }

  async serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const asker = this.asker(req);
    if (asker === undefined) return status(res, 401, 'Unauthorized', 'Unauthorized');
    const url = new URL(req.url ?? '/', 'https://sample');
    const document = documents[url.pathname];
    if (document !== undefined) return send(res, 200, document);
    const match = new RegExp(`^${base}(?:/namespaces/([^/]+))?/flunders(?:/([^/]+))?$`).exec(url.pathname);
    if (match === null) return status(res, 404, 'NotFound', 'the server could not find the requested resource');
    const [, namespace = '', name = ''] = match;
    if (!(await this.#mayAsk(asker, req.method ?? 'GET', namespace, name))) {
      return status(res, 403, 'Forbidden', `flunders is forbidden: User "${asker.name}" cannot do that`);
    }
    const body = await read(req);
    if (name !== '') return this.#one(req.method ?? 'GET', res, `${namespace}/${name}`, body);
    if (req.method === 'POST') return this.#create(res, namespace, body as Flunder, asker);
    const items = [...this.#flunders.values()].filter(
      (one) => namespace === '' || one.metadata.namespace === namespace,
    );
    if (url.searchParams.get('watch') === 'true') return this.#watch(res, items);
    if (req.method === 'DELETE') for (const one of items) this.#remove(one);
    const metadata = { resourceVersion: String(this.#revision) };
    send(res, 200, { kind: 'FlunderList', apiVersion: `${group}/${version}`, metadata, items });
  }

  async #mayAsk(asker: Asker, method: string, namespace: string, name: string): Promise<boolean> {
    if (asker.groups.includes('system:masters')) return true;
    const verb = { GET: 'get', POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' }[method] ?? 'get';
    const resourceAttributes = { group, version, resource: 'flunders', verb, namespace, name };
    const { status: said } = await askHub<{ status: { allowed: boolean } }>(this.#options.hub, {
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: { user: asker.name, groups: asker.groups, resourceAttributes },
      },
    });
    return said.allowed;
  }

  #create(res: ServerResponse, namespace: string, body: Flunder, asker: Asker): void {
    const annotations = { ...body.metadata.annotations, 'created-by': asker.name, groups: asker.groups.join() };
    const flunder: Flunder = { ...body, metadata: { ...body.metadata, namespace, annotations } };
    send(res, 201, this.#put(flunder, 'ADDED'));
  }

  #one(method: string, res: ServerResponse, key: string, body: object): void {
    const flunder = this.#flunders.get(key);
    if (flunder === undefined)
      return status(res, 404, 'NotFound', `flunders.${group} "${key.split('/')[1]}" not found`);
    if (method === 'PUT') return send(res, 200, this.#put(body as Flunder, 'MODIFIED'));
    if (method === 'PATCH') {
      const patch = body as Flunder;
      const metadata = { ...flunder.metadata, ...patch.metadata };
      return send(res, 200, this.#put({ ...flunder, ...patch, metadata }, 'MODIFIED'));
    }
    if (method === 'DELETE') this.#remove(flunder);
    send(res, 200, flunder);
  }

  #put(flunder: Flunder, type: string): Flunder {
    this.#revision += 1;
    flunder.metadata.resourceVersion = String(this.#revision);
    this.#flunders.set(`${flunder.metadata.namespace}/${flunder.metadata.name}`, flunder);
    this.#tell(type, flunder);
    return flunder;
  }

  #remove(flunder: Flunder): void {
    this.#flunders.delete(`${flunder.metadata.namespace}/${flunder.metadata.name}`);
    this.#tell('DELETED', flunder);
  }

  #tell(type: string, object: Flunder): void {
    for (const watcher of this.#watchers) watcher.write(`${JSON.stringify({ type, object })}\n`);
  }

  #watch(res: ServerResponse, items: readonly Flunder[]): void {
    res.writeHead(200, { 'Content-Type': 'application/json' });
    for (const object of items) res.write(`${JSON.stringify({ type: 'ADDED', object })}\n`);
    res.flushHeaders();
    this.#watchers.add(res);
    res.on('close', () => this.#watchers.delete(res));
  }
}

async function read(req: IncomingMessage): Promise<object> {
  let text = '';
  for await (const chunk of req) text += String(chunk);
  return text === '' ? {} : (JSON.parse(text) as object);
}

function send(res: ServerResponse, code: number, body: object): void {
  res.writeHead(code, { 'Content-Type': 'application/json' });
  res.end(JSON.stringify(body));
}

function status(res: ServerResponse, code: number, reason: string, message: string): void {
  send(res, code, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason, message, code });
}

/** Reads from the hub whom to believe, then serves. */
export async function serveSample(options: SampleOptions): Promise<SampleServer> {
  const proxy = await readFrontProxy(options.hub);
  const sample = new Sample(options, proxy);
  const { cert, key, port } = options;
  const tls = { cert, key, ca: proxy.ca, requestCert: true, rejectUnauthorized: false };
  const server = createServer(tls, (req, res) => {
    sample.serve(req, res).catch((error: unknown) => status(res, 500, 'InternalError', String(error)));
  });
  server.on('upgrade', (req, socket) => {
    if (sample.asker(req) === undefined) return void socket.destroy();
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(port, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The commands of `coracle`: their formats, exit codes and what they say when something is wrong. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parse } from 'yaml';
import { coracle, noKubectl, type Outcome, startHub, type TestHub } from '../support/coracle.ts';
import { assertFailure, assertSuccess } from '../support/outcome.ts';
import { processesOf } from '../support/processes.ts';
import { tempDir } from '../support/temp-dir.ts';

const small = ['--api-port', '0', '--join-port', '0', '--mqtt-port', '0', '--bind-address', '127.0.0.1', '--no-agent'];

describe('coracle without a hub', () => {
  it('says so in every command that needs one, and what to do', async (test) => {
    const dir = tempDir(test);
    const env = { CORACLE_DATA_DIR: dir };
    for (const words of [
      ['add-node'],
      ['config'],
      ['secrets', 'rotate-key'],
      ['kubectl', 'get', 'nodes'],
      ['remove-node', 'n'],
    ])
      assertFailure(await coracle(words, env), 3, /the hub is not running \(data directory /, /coracle start/);
    const status = await coracle(['status'], env);
    assert.deepEqual([status.code, status.stdout], [1, 'coracle is not running\nstart it with: coracle start\n']);
    assertFailure(await coracle(['leave'], env), 1, /this machine is no node/, /coracle join/);
    assertSuccess(await coracle(['stop'], env));
    assertSuccess(await coracle(['reset'], env));
  });

  it('refuses what it does not know', async (test) => {
    const at = ['--data-dir', tempDir(test)];
    assertFailure(await coracle(['strat']), 2, /unknown command 'strat'/, /start/);
    assertFailure(await coracle(['start', '--prot', '1']), 2, /unknown option '--prot'/);
    assertFailure(await coracle(['start', '--api-port', '99999', ...at]), 2, /port from 0 to 65535/);
    assertFailure(await coracle(['start', '--bind-address', 'here', ...at]), 2, /"bindAddress" must be an IP address/);
    assertFailure(
      await coracle(['start', '--cluster-cidr', '10.0.0.0', ...at]),
      2,
      /"clusterCidr" must be an IPv4 range/,
    );
    assertFailure(
      await coracle(['start', '--runtime', 'docker', ...small.slice(0, -1), ...at]),
      2,
      /"runtime" must be one of/,
    );
    assert.deepEqual(processesOf(at[1] ?? ''), []);
    for (const command of ['status', 'add-node', 'version'])
      assertFailure(await coracle([command, '--format', 'xml']), 2, /unknown format "xml"/, /use pretty, /);
    assertFailure(
      await coracle(['join', 'somewhere', ...at]),
      2,
      /not of the form HOST:PORT\/TOKEN\/CAHASH/,
      /add-node/,
    );
    const target = `127.0.0.1:1/${'0'.repeat(32)}/${'a'.repeat(64)}`;
    assertFailure(await coracle(['join', target, '--label', 'site', ...at]), 2, /label "site" is not of the form/);
    assertFailure(await coracle(['join', target, '--label', 'a b=c', ...at]), 2, /label "a b=c": /);
    assertFailure(await coracle(['join', target, '--taint', 'x:Never', ...at]), 2, /NoSchedule/);
    assertFailure(
      await coracle(['join', target, '--node-name', 'A_b', ...at]),
      2,
      /no node can be called "A_b"/,
      /--node-name/,
    );
    assertFailure(await coracle(['status', '--timeout', 'long']), 2, /number of seconds/);
  });

  it('says why it cannot start', async (test) => {
    const dir = tempDir(test);
    const file = join(dir, 'file');
    writeFileSync(file, '');
    for (const place of [join(file, 'x'), '/proc/coracle'])
      assertFailure(await coracle(['start', '--data-dir', place, ...small]), 1, /cannot be written/, /--data-dir/);
    assertFailure(
      await coracle(['join', `127.0.0.1:1/${'0'.repeat(32)}/${'a'.repeat(64)}`, '--data-dir', join(file, 'x')]),
      1,
      /cannot be written/,
    );
    mkdirSync(join(dir, 'hub'));
    const settings = join(dir, 'hub', 'settings.json');
    const start = (): Promise<Outcome> => coracle(['start', '--data-dir', dir, ...small]);
    writeFileSync(settings, '{"apiPort": }');
    assertFailure(await start(), 2, /settings\.json are not valid JSON/);
    writeFileSync(settings, '{"colour": "red"}');
    assertFailure(await start(), 2, /unknown setting "colour"; known are apiPort/);
    writeFileSync(settings, '[]');
    assertFailure(await start(), 2, /settings\.json/);
    assert.deepEqual(processesOf(dir), []);
    const node = tempDir(test);
    mkdirSync(join(node, 'agent', 'pki'), { recursive: true });
    writeFileSync(join(node, 'agent', 'pki', 'node.json'), '{');
    for (const command of ['start', 'status', 'leave'])
      assertFailure(await coracle([command, '--data-dir', node]), 1, /node\.json cannot be read/, /join again/);
  });

  it('names the port that is taken', async (test) => {
    const server = createServer();
    test.after(() => server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    for (const which of ['--api-port', '--join-port', '--mqtt-port']) {
      const dir = tempDir(test);
      const outcome = await coracle(['start', '--data-dir', dir, ...small, which, String(port)]);
      assertFailure(outcome, 1, new RegExp(`127\\.0\\.0\\.1:${port}`), /another port/);
      assert.deepEqual(processesOf(dir), []);
    }
  });

  it('prints its version in every format', async () => {
    assert.match((await coracle(['version'])).stdout, /^Coracle \d+\.\d+\.\d+ \(Kubernetes API v1\.36\.0\+coracle\./);
    const json = JSON.parse((await coracle(['version', '--format', 'json'])).stdout) as object;
    assert.deepEqual(Object.keys(json), ['coracle', 'kubernetes']);
    assert.deepEqual(parse((await coracle(['version', '--format', 'yaml'])).stdout), json);
  });
});

describe('coracle with a hub', () => {
  let hub: TestHub;
  const at = (...words: string[]): Promise<Outcome> => coracle([...words, '--data-dir', hub.dir]);

  before(async () => {
    hub = await startHub(['--runtime', 'process', '--node-name', 'here']);
  });
  after(() => hub?.stop());

  it('starts nothing twice', async () => {
    const pids = [hub.pid('hub'), hub.pid('agent')];
    const again = await at('start');
    assertSuccess(again);
    assert.match(again.stdout, /already runs/);
    assertFailure(await at('start', '--foreground'), 1, /already run in/, /coracle --data-dir \S+ stop/);
    assert.deepEqual([hub.pid('hub'), hub.pid('agent')], pids);
  });

  it('tells its status in every format', async () => {
    const pretty = await at('status');
    assertSuccess(pretty);
    assert.match(
      pretty.stdout,
      /^coracle is running\napi: https:\/\/127\.0\.0\.1:\d+\nnodes: 1 of 1 ready\n {2}here +Ready/,
    );
    assert.equal((await at('status', '--format', 'short')).stdout, 'coracle is running\n');
    const json = JSON.parse((await at('status', '--format', 'json')).stdout) as {
      coracle: object;
      problems: string[];
      nodes: { name: string; ready: boolean }[];
    };
    assert.deepEqual(json.coracle, { running: true, ready: true });
    assert.deepEqual(json.problems, []);
    assert.deepEqual(
      json.nodes.map(({ name, ready }) => [name, ready]),
      [['here', true]],
    );
    assert.deepEqual(parse((await at('status', '--format', 'yaml')).stdout), json);
    assertSuccess(await at('status', '--wait-ready', '--timeout', '10'));
  });

  it('gives what is encrypted a new key', async () => {
    const file = join(hub.dir, 'hub', 'encryption-keys.json');
    const before = readFileSync(file, 'utf8');
    const rotated = await at('secrets', 'rotate-key');
    assertSuccess(rotated);
    const [, id = ''] = /^Key ([0-9a-f]{8}) encrypts from now on, and \d+ stored values;/.exec(rotated.stdout) ?? [];
    const after = readFileSync(file, 'utf8');
    assert.ok(after.includes(`"${id}"`) && !before.includes(id), after);
    assert.equal((JSON.parse(after) as { keys: unknown[] }).keys.length, 1);
  });

  it('offers nodes a line to join with, in every format', async () => {
    const target = /127\.0\.0\.1:\d+\/[0-9a-f]{32}\/[0-9a-f]{64}/;
    const pretty = (await at('add-node')).stdout;
    assert.match(pretty, target);
    assert.match(pretty, /good for one node/);
    assert.match((await at('add-node', '--token-ttl', '60')).stdout, /any number of nodes in the next 60 seconds/);
    assert.match((await at('add-node', '--format', 'short')).stdout, new RegExp(`^coracle join ${target.source}\n$`));
    assert.match((await at('add-node', '--format', 'token')).stdout, /^[0-9a-f]{32}\n$/);
    const json = JSON.parse((await at('add-node', '--format', 'json')).stdout) as { token: string; urls: string[] };
    assert.match(json.token, /^[0-9a-f]{32}\/[0-9a-f]{64}$/);
    assert.match(json.urls[0] ?? '', target);
    const yaml = parse((await at('add-node', '--format', 'yaml')).stdout) as object;
    assert.deepEqual(Object.keys(yaml), ['token', 'urls']);
    const own = 'my-own-token.of-32-characters_or~more';
    assert.equal((await at('add-node', '--token', own, '--format', 'token')).stdout, `${own}\n`);
    assertFailure(await at('add-node', '--token', 'short'), 2, /5 characters long, it takes at least 32/, /random/);
    assertFailure(await at('add-node', '--token', 'with/slash'.repeat(4)), 2, /may hold only letters/);
    assertFailure(await at('add-node', '--token-ttl', '0'), 2, /number of seconds, or -1/);
  });

  it('prints a kubeconfig that works, and keeps it private', { skip: noKubectl }, async (test) => {
    const file = join(tempDir(test), 'config');
    const { stdout } = await at('config', '--use-loopback');
    assert.match(stdout, /server: https:\/\/127\.0\.0\.1:\d+/);
    writeFileSync(file, stdout, { mode: 0o600 });
    assert.match(await hub.kubectl(['--kubeconfig', file, 'get', 'nodes']), /here +Ready/);
    assert.equal((await at('config')).stdout, readFileSync(join(hub.dir, 'kubeconfig'), 'utf8'));
  });

  it('hands everything behind kubectl on to it', { skip: noKubectl }, async () => {
    const env = { CORACLE_DATA_DIR: hub.dir };
    const good = await coracle(['kubectl', 'get', 'nodes', '-o', 'name', '--chunk-size=1'], env);
    assert.deepEqual([good.code, good.stdout], [0, 'node/here\n']);
    const bad = await coracle(['kubectl', 'get', 'node', 'nowhere'], env);
    assert.equal(bad.code, 1);
    assert.match(bad.stderr, /nodes "nowhere" not found/);
    const none = await coracle(['kubectl', 'get', 'nodes'], { ...env, PATH: '/nowhere' });
    assertFailure(none, 1, /kubectl is not installed/, /apt-get install kubernetes-client/);
  });

  it('keeps to the time it is given when the hub hangs', async () => {
    const stopped = hub.pid('hub');
    process.kill(stopped, 'SIGSTOP');
    try {
      for (const words of [
        ['--wait-ready', '--timeout', '2'],
        ['--timeout', '1'],
      ]) {
        const began = Date.now();
        const { code, stdout } = await at('status', ...words, '--format', 'short');
        assert.equal(code, 1);
        assert.match(stdout, /not ready\nthe API does not answer: .*no answer in/);
        // the command itself takes a moment to start
        assert.ok(Date.now() - began < Number(words.at(-1)) * 1000 + 1000, `${Date.now() - began} ms`);
      }
    } finally {
      process.kill(stopped, 'SIGCONT');
    }
    assertSuccess(await at('status', '--wait-ready', '--timeout', '10'));
  });
});

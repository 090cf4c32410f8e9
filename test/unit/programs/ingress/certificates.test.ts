/** Secrets are read by name when they are wanted, and clients wait only for what is missing. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { Certificates } from '../../../../agent/programs/ingress/certificates.ts';
import { ApiError } from '../../../../hub/api/errors.ts';
import type { Ingress } from '../../../../hub/api/networking.ts';
import { silentLog } from '../../../../hub/base/log.ts';
import { createTestAuthority } from '../../../support/certificates.ts';
import { type ManualClock, manualClock } from '../../../support/manual-clock.ts';

const ingress: Ingress = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'shop', namespace: 'shop' },
  spec: { tls: [{ hosts: ['a.example.org'], secretName: 'pair' }] },
};

describe('certificates of Ingresses', () => {
  let pair: Record<string, string>;
  before(async () => {
    const { cert, key } = await (await createTestAuthority()).server('a.example.org', ['a.example.org']);
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    pair = { 'tls.crt': base64(cert), 'tls.key': base64(key) };
  });

  /** An API with at most one Secret. */
  function setUp(): {
    asked: string[];
    answer: { now: 'none' | 'away' | Record<string, string>; version: number };
    clock: ManualClock;
    certificates: Certificates;
  } {
    const asked: string[] = [];
    const answer: ReturnType<typeof setUp>['answer'] = { now: 'none', version: 1 };
    const clock = manualClock(Date.now());
    const client = {
      async get<T>(path: string): Promise<T> {
        asked.push(path);
        if (answer.now === 'none') throw new ApiError('NotFound', 'there is none');
        if (answer.now === 'away') throw new Error('nobody answers');
        return { metadata: { resourceVersion: `${answer.version}` }, data: answer.now } as T;
      },
    };
    const certificates = new Certificates({ client, clock, log: silentLog });
    return { asked, answer, clock, certificates };
  }
  const find = async (certificates: Certificates): Promise<boolean> =>
    (await certificates.find('A.example.org')) !== undefined;

  it('are read by name, and no others', async () => {
    const { asked, answer, certificates } = setUp();
    answer.now = pair;
    assert.equal(await find(certificates), false);
    certificates.follow([ingress]);
    assert.equal(await find(certificates), true);
    assert.equal(await certificates.find('b.example.org'), undefined);
    assert.deepEqual(asked, ['/api/v1/namespaces/shop/secrets/pair']);
    certificates.follow([]);
    assert.equal(await find(certificates), false);
  });

  it('that are missing are looked for again while somebody asks, and not too often', async () => {
    const { asked, answer, clock, certificates } = setUp();
    certificates.follow([ingress]);
    assert.equal(await find(certificates), false);
    answer.now = pair;
    assert.equal(await find(certificates), false);
    assert.equal(asked.length, 1);
    clock.advance(2000);
    assert.equal(await find(certificates), true);
  });

  it('are renewed behind a client that asks, stay while nobody answers, and go with their Secret', async () => {
    const { asked, answer, clock, certificates } = setUp();
    answer.now = pair;
    certificates.follow([ingress]);
    const first = await certificates.find('a.example.org');
    answer.version = 2;
    clock.advance(60_000);
    assert.equal(await certificates.find('a.example.org'), first);
    await new Promise(setImmediate);
    assert.equal(asked.length, 2);
    const second = await certificates.find('a.example.org');
    assert.ok(second !== undefined && second !== first);
    answer.now = 'away';
    clock.advance(60_000);
    assert.equal(await certificates.find('a.example.org'), second);
    await new Promise(setImmediate);
    assert.equal(await certificates.find('a.example.org'), second);
    answer.now = 'none';
    clock.advance(60_000);
    assert.equal(await certificates.find('a.example.org'), second);
    await new Promise(setImmediate);
    assert.equal(await find(certificates), false);
  });

  it('that have ended are read before they are shown', async () => {
    const { answer, clock, certificates } = setUp();
    answer.now = pair;
    certificates.follow([ingress]);
    const first = await certificates.find('a.example.org');
    answer.version = 2;
    clock.advance(100 * 365 * 24 * 3600 * 1000);
    const second = await certificates.find('a.example.org');
    assert.ok(second !== undefined && second !== first);
  });
});

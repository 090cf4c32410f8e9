/** Nothing secret leaves with a report. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { redact } from '../../../agent/cli/inspect/redact.ts';

const key = '-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMG\n-----END PRIVATE KEY-----';
const jwt = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln';
const hex = '0123456789abcdef0123456789abcdef';
const hash = 'a'.repeat(64);

describe('a report', () => {
  for (const [what, text, secret] of [
    ['private keys', `key: ${key}`, 'MIGHAgEAMBMG'],
    ['private keys that are cut off', '-----BEGIN EC PRIVATE KEY-----\nMIGHAgEAMBMG', 'MIGHAgEAMBMG'],
    ['private keys in JSON', JSON.stringify({ pem: key }), 'MIGHAgEAMBMG'],
    ['tokens of ServiceAccounts', `used ${jwt} to ask`, 'c2ln'],
    ['join lines', `coracle join hub.example:25000/${hex}/${hash}`, hex],
    ['join lines with tokens of one’s own', `h:25000/${'my-token-'.repeat(5)}/${hash}`, 'my-token-'],
    ['bootstrap tokens', 'token 07401b.f395accd246ae52d was used', 'f395accd246ae52d'],
    ['tokens alone', `the token ${hex} is spent`, hex],
    ['passwords in JSON', '{"password": "hunter\\"2", "user": "x"}', 'hunter'],
    ['passwords in YAML', 'dbPassword: hunter2\nuser: x', 'hunter2'],
    ['passwords in the environment', 'MQTT_PASSWORD=hunter2 RUN=1', 'hunter2'],
    ['passwords in URLs', 'mqtts://user:hunter2@broker:8883', 'hunter2'],
    ['keys of kubeconfigs', 'client-key-data: TUlHSEFnRUE=', 'TUlHSEFnRUE'],
    ['headers', 'Authorization: Bearer hunter2hunter2', 'hunter2'],
  ] as const) {
    it(`is free of ${what}`, () => assert.ok(!redact(text).includes(secret), redact(text)));
  }

  it('keeps what is needed to understand', () => {
    for (const text of [
      `{"level":"info","msg":"made the server certificate","hosts":["192.0.2.1"]}`,
      `the CA is ${hash}`,
      'uid 4c9d6a3e-64c4-4b8c-8d1f-8d3c9b2e7a11',
      '{"encryptedResources":["secrets"],"apiPort":16443}',
      'https://192.0.2.1:16443',
    ])
      assert.equal(redact(text), text);
    assert.equal(redact('{"token":"abc","port":1}'), '{"token":"[removed]","port":1}');
  });

  it('takes no longer for long lines', () => {
    const began = performance.now();
    redact('a'.repeat(1024 * 1024));
    redact('token'.repeat(200 * 1024));
    assert.ok(performance.now() - began < 3000);
  });
});

/** Bodies and selectors that are small to send and meant to be dear to read. */
import { gzipSync } from 'node:zlib';
import type { Random } from './random.ts';

/** YAML whose anchors double with every line, or mean themselves. */
const yamls: readonly (() => string)[] = [
  () => {
    const lines = ['a0: &a0 ["x","x","x","x","x","x","x","x","x"]'];
    for (let level = 1; level < 12; level += 1) {
      lines.push(`a${level}: &a${level} [${Array.from({ length: 9 }, () => `*a${level - 1}`).join(',')}]`);
    }
    return `kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\ndata:\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
  },
  () => 'kind: ConfigMap\napiVersion: v1\nmetadata: &m {name: a, labels: *m}\n',
  () => 'a: &a\n  <<: *a\n  b: *a\n',
  () => `${'- '.repeat(5000)}x\n`,
  () => `${'{a: '.repeat(5000)}x`,
  () => Array.from({ length: 3000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
  () => '%TAG ! tag:x,2000:\n--- !!js/function "return 1"\n',
  () => '--- {}\n--- {}\n...\n--- []\n',
  () => `? ${'x'.repeat(5000)}\n: y\n`,
  () => '\ufeffkind: ConfigMap\n\tmetadata: x\n',
  () => '0x1: .inf\n2026-01-01: ~\n1e999: .nan\n',
];

const jsons: readonly (() => string)[] = [
  () => '['.repeat(100_000),
  () => '{"a":'.repeat(100_000),
  () =>
    `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a"},"data":${'{"a":'.repeat(9000)}1${'}'.repeat(9001)}`,
  () => `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a","generation":${'9'.repeat(5000)}}}`,
  () =>
    `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a"},"data":{${Array.from({ length: 20_000 }, (_, index) => `"k${index}":"v"`).join(',')}}}`,
  () => `{${Array.from({ length: 5000 }, () => '"__proto__":{"polluted":true}').join(',')}}`,
  () => '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a","name":"b","labels":{"a":"b","a":"c"}}}',
  () => '{"a":1e400,"b":-1e400,"c":0.0000000000000000000000000000000000001}',
  () => '"\\ud800"',
  () => '\u0000',
  () => `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a"},"data":{"a":"${'\\u0000'.repeat(20_000)}"}}`,
];

/** A costly body and its type; some are gzip, announced or not. */
export function costlyBody(random: Random): { type: string; body: Buffer; headers: Record<string, string> } {
  if (random.chance(0.1)) {
    const body = gzipSync(Buffer.alloc(2_000_000, 0x20));
    return { type: 'application/json', body, headers: random.chance(0.7) ? { 'content-encoding': 'gzip' } : {} };
  }
  if (random.chance(0.5)) return { type: 'application/yaml', body: Buffer.from(random.pick(yamls)()), headers: {} };
  return { type: 'application/json', body: Buffer.from(random.pick(jsons)()), headers: {} };
}

/** Selectors of many terms, values or brackets. */
export function costlySelector(random: Random): string {
  return random.pick([
    () => Array.from({ length: 800 }, (_, index) => `k${index}=v`).join(','),
    () => `app in (${Array.from({ length: 1500 }, (_, index) => `v${index}`).join(',')})`,
    () => '('.repeat(5000),
    () => '!'.repeat(5000),
    () => `${'a'.repeat(6000)}=b`,
    () => `a in (${' '.repeat(6000)}`,
    () => 'a=b,'.repeat(1500),
    () => 'spec.nodeName=a,'.repeat(300),
  ])();
}

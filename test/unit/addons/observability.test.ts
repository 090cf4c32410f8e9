/** The rules and the scrape configuration of addon observability, judged by Prometheus' own tool; and the figures they rest on. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { Exposition } from '../../../hub/base/metrics.ts';
import type { Registry } from '../../../hub/registry/registry.ts';
import { podMetrics } from '../../../hub/server/metrics/pod-metrics.ts';
import { tempDir } from '../../support/temp-dir.ts';

const file = fileURLToPath(new URL('../../../configs/addons/observability/configuration.yaml', import.meta.url));
const { data } = parse(readFileSync(file, 'utf8')) as { data: Record<string, string> };

const hasTool = spawnSync('promtool', ['--version'], { stdio: 'ignore' }).status === 0;
const noTool = hasTool ? false : 'promtool is not installed (Debian: apt-get install prometheus)';

function promtool(...args: string[]): void {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8', timeout: 30_000 });
  assert.equal(status, 0, `${stdout}${stderr}`);
}

/** What promtool feeds the rules with, minute by minute, and which alerts fire after half an hour. */
const stories: { series: string; values: string; alert: string; fires: boolean }[] = [
  { series: 'coracle_node_connected{node="n"}', values: '1x10 0x40', alert: 'NodeDown', fires: true },
  { series: 'coracle_node_connected{node="n"}', values: '1x40', alert: 'NodeDown', fires: false },
  {
    series: 'kube_pod_container_status_waiting_reason{namespace="a",pod="p",container="c",reason="CrashLoopBackOff"}',
    values: '1 _ _ 1 _ _ 1 _ _ 1 _ _ 1 _ _ 1 _ _ 1 _ _ 1 _ _ 1 _ _ 1 _ _ 1',
    alert: 'PodCrashLooping',
    fires: true,
  },
  {
    series: 'coracle_certificate_expiration_timestamp_seconds{certificate="api"}',
    values: '86400x90',
    alert: 'CertificateNearEnd',
    fires: false,
  },
  { series: 'up{job="hub"}', values: '1x5 0x40', alert: 'HubUnreachable', fires: true },
];

describe('addon observability', () => {
  it('has rules and a configuration that Prometheus takes', { skip: noTool }, (test) => {
    const dir = tempDir(test);
    const config = (data['prometheus.yml'] ?? '')
      .replace(/\$\{interval\}/g, '30s')
      .replace(/\$\{port\}/g, '9090')
      .replaceAll('@API@', 'hub:16443')
      .replaceAll('@ACCOUNT@', dir);
    for (const name of ['token', 'ca.crt']) writeFileSync(join(dir, name), '');
    writeFileSync(join(dir, 'prometheus.yml'), config);
    writeFileSync(join(dir, 'rules.yml'), data['rules.yml'] ?? '');
    // the CA file is read by a check of everything
    promtool('check', 'config', '--syntax-only', join(dir, 'prometheus.yml'));
    promtool('check', 'rules', join(dir, 'rules.yml'));
  });

  it('warns when there is something, and not otherwise', { skip: noTool }, (test) => {
    const dir = tempDir(test);
    const rules = parse(data['rules.yml'] ?? '') as {
      groups: { rules: { alert: string; annotations?: object; labels?: object }[] }[];
    };
    for (const group of rules.groups)
      for (const rule of group.rules) {
        delete rule.annotations;
        delete rule.labels;
      }
    writeFileSync(join(dir, 'rules.yml'), stringify(rules));
    const labelsOf = (series: string): Record<string, string> =>
      Object.fromEntries(
        [...series.matchAll(/(\w+)="([^"]*)"/g)]
          .map(([, name = '', value = '']): [string, string] => [name, value])
          .filter(([name]) => name !== 'reason'),
      );
    const tests = stories.map(({ series, values, alert, fires }) => ({
      interval: '1m',
      input_series: [{ series, values }],
      alert_rule_test: [
        { eval_time: '30m', alertname: alert, exp_alerts: fires ? [{ exp_labels: labelsOf(series) }] : [] },
      ],
    }));
    writeFileSync(join(dir, 'tests.yml'), stringify({ rule_files: ['rules.yml'], tests }));
    promtool('test', 'rules', join(dir, 'tests.yml'));
  });

  it('is told of containers that wait', () => {
    const entry = (name: string, state: object): object => {
      const status = { containerStatuses: [{ name: 'main', state }] };
      return { namespace: 'a', name, bytes: Buffer.from(JSON.stringify({ status })), glance: () => ({ status }) };
    };
    const entries = [entry('well', { running: {} }), entry('ill', { waiting: { reason: 'CrashLoopBackOff' } })];
    const into = new Exposition();
    for (const _ of podMetrics({ entries: () => entries } as unknown as Registry, into));
    const samples = into
      .toString()
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    assert.deepEqual(samples, [
      'kube_pod_container_status_waiting_reason{namespace="a",pod="ill",container="main",reason="CrashLoopBackOff"} 1',
    ]);
  });
});

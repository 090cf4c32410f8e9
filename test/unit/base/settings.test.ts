/** The settings files document every key with its real default. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { agentDefaults, checkAgentSettings } from '../../../hub/base/agent-settings.ts';
import { checkHubSettings, hubDefaults } from '../../../hub/base/hub-settings.ts';

const documented = (name: string): unknown =>
  parse(readFileSync(new URL(`../../../configs/${name}`, import.meta.url), 'utf8'));

describe('settings', () => {
  it('of the hub are documented as they are', () => {
    assert.deepEqual(documented('hub.yaml'), { ...hubDefaults });
  });

  it('of the agent are documented as they are', () => {
    assert.deepEqual(documented('agent.yaml'), { ...agentDefaults });
  });

  it('refuse an unknown key by its name', () => {
    assert.throws(() => checkHubSettings({ apiport: 1 }), /unknown setting "apiport"; known are apiPort/);
    assert.throws(() => checkAgentSettings({ label: {} }), /unknown setting "label"/);
  });

  it('refuse a bad value by its key, and say what it takes', () => {
    const bad: [Record<string, unknown>, RegExp][] = [
      [{ apiPort: 70_000 }, /"apiPort" must be a port/],
      [{ clusterCidr: '10.0.0.0' }, /"clusterCidr" must be an IPv4 range/],
      [{ bindAddress: 'here' }, /"bindAddress" must be an IP address/],
      [{ mqttUrl: 'http://x' }, /"mqttUrl" must be of the form mqtts/],
      [{ logLevel: 'loud' }, /"logLevel" must be one of/],
    ];
    const badOfAgents: [Record<string, unknown>, RegExp][] = [
      [{ taints: ['x'] }, /"taints" must be a list of key=value/],
      [{ runtimeEndpoint: 'run/containerd.sock' }, /"runtimeEndpoint" must be the path of a socket/],
      [{ runtimeEndpoint: 'tcp://127.0.0.1:1' }, /"runtimeEndpoint" must be the path of a socket/],
      [{ cniConfDir: '' }, /"cniConfDir" must be an absolute path/],
      [{ podLogsDir: 'logs' }, /"podLogsDir" must be an absolute path/],
      [{ maxPods: 0 }, /"maxPods" must be a number between 1 and 1000/],
      [{ evictionHard: { 'memory.free': '1Gi' } }, /"evictionHard" must be a map of memory\.available, /],
      [{ evictionHard: { 'memory.available': 'much' } }, /"evictionHard" must be a map .* to quantities or shares/],
      [{ evictionSoft: { 'pid.available': '10%' } }, /"evictionSoftGracePeriod" must name pid\.available/],
      [{ imageGCHighThresholdPercent: 70 }, /"imageGCLowThresholdPercent" must not be above/],
      [{ shutdownGracePeriodCriticalPods: 5 }, /must not be longer than shutdownGracePeriod/],
      [{ systemReserved: { gpu: '1' } }, /"systemReserved" must be a map of cpu, memory, ephemeral-storage/],
      [{ containerLogMaxSize: 10_000 }, /"containerLogMaxSize" must be a quantity of bytes/],
      [{ containerLogMaxSize: '-1' }, /"containerLogMaxSize" must be a quantity of bytes/],
      [{ containerLogMaxFiles: 1 }, /"containerLogMaxFiles" must be between 2 and 1000/],
      [{ staticPodsDir: 'manifests' }, /"staticPodsDir" must be an absolute path/],
      [{ clusterDomain: 'Cluster_Local' }, /"clusterDomain" must be a DNS domain/],
      [{ clusterDns: '10.152.0.10' }, /"clusterDns" must be a list of at most three IP addresses/],
      [{ clusterDns: ['dns.example'] }, /"clusterDns" must be a list/],
      [{ clusterDns: ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'] }, /"clusterDns" must be a list/],
    ];
    for (const [written, text] of bad) assert.throws(() => checkHubSettings(written), text);
    for (const [written, text] of badOfAgents) assert.throws(() => checkAgentSettings(written), text);
  });

  it('take a CRI socket as a path and as a unix URL, and nothing for the usual places', () => {
    for (const runtimeEndpoint of ['', '/run/crio/crio.sock', 'unix:///run/crio/crio.sock'])
      assert.equal(checkAgentSettings({ runtimeEndpoint }).runtimeEndpoint, runtimeEndpoint);
    assert.equal(checkAgentSettings({ staticPodsDir: '' }).staticPodsDir, '');
  });
});

/** The settings files document every key with its real default. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { agentDefaults, checkAgentSettings } from '../../hub/base/agent-settings.ts';
import { checkHubSettings, hubDefaults } from '../../hub/base/hub-settings.ts';

const documented = (name: string): unknown =>
  parse(readFileSync(new URL(`../../configs/${name}`, import.meta.url), 'utf8'));

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
    for (const [written, text] of bad) assert.throws(() => checkHubSettings(written), text);
    assert.throws(() => checkAgentSettings({ taints: ['x'] }), /"taints" must be a list of key=value/);
  });
});

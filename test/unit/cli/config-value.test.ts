/** Settings by name, and what is typed as their value. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkWritten, findSetting, readValue } from '../../../agent/cli/config-value.ts';

const read = (name: string, text: string): unknown => readValue(findSetting(name), text);

describe('a setting by its name', () => {
  it('is found with its daemon, or without where that is clear', () => {
    assert.deepEqual(findSetting('apiPort'), { daemon: 'hub', key: 'apiPort' });
    assert.deepEqual(findSetting('agent.keepAlive'), { daemon: 'agent', key: 'keepAlive' });
    assert.throws(() => findSetting('logLevel'), /both daemons have "logLevel": write hub.logLevel or agent.logLevel/);
    assert.throws(() => findSetting('port'), /there is no setting "port"; did you mean hub.apiPort, hub.joinPort/);
    assert.throws(() => findSetting('colour'), /^Error: there is no setting "colour"$/);
  });

  it('takes values as they are typed', () => {
    assert.equal(read('apiPort', '443'), 443);
    assert.equal(read('scheduleByLoad', 'true'), true);
    assert.equal(read('mqttUrl', 'mqtts://b:1'), 'mqtts://b:1');
    assert.deepEqual(read('encryptedResources', 'secrets, configmaps'), ['secrets', 'configmaps']);
    assert.deepEqual(read('encryptedResources', '["secrets"]'), ['secrets']);
    assert.deepEqual(read('agent.labels', 'site=harbour,board=pi4'), { site: 'harbour', board: 'pi4' });
    assert.deepEqual(read('agent.labels', ''), {});
    assert.throws(() => read('agent.labels', 'site'), /takes key=value,key=value, not "site"/);
  });

  it('is refused where its daemon would refuse it', () => {
    assert.throws(() => checkWritten('hub', { apiPort: read('apiPort', 'many') }), /"apiPort" must be a port/);
    assert.throws(() => checkWritten('agent', { keepAlive: 1 }), /"keepAlive" must be between/);
    checkWritten('agent', { keepAlive: 30 });
  });
});

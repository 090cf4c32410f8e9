import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findServiceManager, watchdogPeriod } from '../../../hub/base/service-manager.ts';

describe('the service manager', () => {
  it('is nobody without a socket', () => {
    assert.equal(findServiceManager({ WATCHDOG_USEC: '1000000' }, '/nowhere.node'), undefined);
  });

  it('is not told anything by a program that cannot', () => {
    assert.equal(findServiceManager({ NOTIFY_SOCKET: '/run/systemd/notify' }), undefined);
  });

  it('waits for two signs of life in the time of its watchdog', () => {
    assert.equal(watchdogPeriod({ WATCHDOG_USEC: '30000000' }), 15_000);
    assert.equal(watchdogPeriod({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '7' }, 7), 15_000);
  });

  it('has no watchdog for another process, or none at all', () => {
    assert.equal(watchdogPeriod({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '8' }, 7), undefined);
    assert.equal(watchdogPeriod({}), undefined);
    assert.equal(watchdogPeriod({ WATCHDOG_USEC: 'x' }), undefined);
  });
});

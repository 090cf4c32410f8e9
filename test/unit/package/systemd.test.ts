/** The systemd units of the Debian package, as systemd-analyze judges them, and what an agent's unit must not have. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { tempDir } from '../../support/temp-dir.ts';

const folder = fileURLToPath(new URL('../../../configs/systemd', import.meta.url));
const units = readdirSync(folder);
const skip = spawnSync('systemd-analyze', ['--version']).status !== 0 && 'systemd-analyze is missing';

/** How much a service may still do, from 0 to 10, at most. An agent is root by its task. */
const exposure: Record<string, number> = {
  'coracle-hub.service': 2.0,
  'coracle-join.service': 1.9,
  'coracle-agent.service': 8.4,
};

describe('units of systemd', () => {
  it('are right', { skip }, (test) => {
    const dir = tempDir(test);
    for (const name of units) {
      // what is started is not installed on the machine that tests
      const text = readFileSync(join(folder, name), 'utf8').replace(/^ExecStart=\S+/m, 'ExecStart=/bin/true');
      writeFileSync(join(dir, name), text);
    }
    const { status, stdout, stderr } = spawnSync(
      'systemd-analyze',
      ['verify', '--man=no', ...units.map((name) => join(dir, name))],
      { encoding: 'utf8' },
    );
    const ours = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('coracle'));
    assert.deepEqual([status, ours], [0, []]);
  });

  for (const name of units) {
    it(`leave ${name} no more than it needs`, { skip }, () => {
      const analysis = ['security', '--offline=true', '--no-pager', join(folder, name)];
      const { stdout } = spawnSync('systemd-analyze', analysis, { encoding: 'utf8' });
      const [, level = ''] = /Overall exposure level for \S+: ([\d.]+)/.exec(stdout) ?? [];
      assert.ok(Number(level) <= (exposure[name] ?? 0), `${name}: ${level}\n${stdout}`);
    });
  }

  it("leave an agent in the machine's mount namespace and with its devices", () => {
    const unit = readFileSync(join(folder, 'coracle-agent.service'), 'utf8');
    const keys = [...unit.matchAll(/^(\w+)=/gm)].map(([, key = '']) => key);
    // systemd.exec(5): what gives a service a mount namespace; and what gives it a list of devices
    const withNamespace =
      /^(Protect(?!Hostname|Clock)|Private|Root|Mount|Bind|TemporaryFileSystem|ProcSubset|\w+Paths$)/;
    const withDevices = /^(ProtectClock|Device|PrivateDevices)/;
    assert.deepEqual(
      keys.filter((key) => withNamespace.test(key) || withDevices.test(key)),
      [],
    );
  });
});

/** What a machine has, from its files to the labels of its Node. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { type Facts, readFacts } from '../../../agent/programs/device-labels/facts.ts';
import { labelsOf, labelValue } from '../../../agent/programs/device-labels/labels.ts';
import { tempDir } from '../../support/temp-dir.ts';

/** A Raspberry Pi's files, as far as they are read. */
const pi: Readonly<Record<string, string>> = {
  'proc/device-tree/model': 'Raspberry Pi 4 Model B Rev 1.4\0',
  'sys/class/drm/card0/device/uevent': 'DRIVER=v3d\nOF_NAME=gpu\n',
  'sys/class/drm/card0-HDMI-A-1/status': 'connected',
  'sys/class/tty/ttyAMA0/type': '32',
  'sys/class/tty/ttyS0/type': '0',
  'sys/class/tty/ttyUSB0/dev': '188:0',
  'sys/class/tty/tty1/dev': '4:1',
  'sys/class/video4linux/video0/name': 'HD USB Camera',
  'sys/class/video4linux/video0/index': '0',
  'sys/class/video4linux/video1/name': 'HD USB Camera',
  'sys/class/video4linux/video1/index': '1',
  'sys/class/video4linux/video10/name': 'bcm2835-codec-decode',
  'sys/class/video4linux/video10/index': '0',
  'sys/block/mmcblk0/size': '62333952',
  'sys/block/mmcblk0/queue/rotational': '0',
  'sys/block/mmcblk0/removable': '0',
  'sys/block/loop0/size': '100',
  'sys/block/sda/size': '1953525168',
  'sys/block/sda/queue/rotational': '1',
  'sys/block/sda/removable': '1',
  'dev/gpiochip0': '',
  'dev/gpiochip1': '',
  'dev/i2c-1': '',
  'dev/spidev0.0': '',
};

describe('labels of devices', () => {
  it('are what the machine has', async (test) => {
    const root = tempDir(test);
    for (const [path, text] of Object.entries(pi)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    const prefixed = Object.entries(labelsOf(await readFacts(root)));
    assert.deepEqual(
      Object.fromEntries(prefixed.map(([key, value]) => [key.replace('device.coracle.io/', ''), value])),
      {
        board: 'raspberry-pi-4-model-b-rev-1.4',
        camera: '1',
        disk: '1',
        'disk-gib': '29',
        'disk-removable': '1',
        gpio: '2',
        gpu: '1',
        'gpu-v3d': 'true',
        i2c: '1',
        serial: '2',
        'serial-ttyama0': 'true',
        'serial-ttyusb0': 'true',
        spi: '1',
      },
    );
  });

  it('are none on a machine that tells nothing', async (test) => {
    assert.deepEqual(labelsOf(await readFacts(tempDir(test))), {});
  });

  it('have values and names the API takes, whatever a board calls itself', () => {
    assert.equal(labelValue('  (R) Böard, Inc. '), 'r-b-ard-inc');
    assert.equal(labelValue('-'.repeat(5)), '');
    const facts: Facts = {
      ...{ vendor: `${'x'.repeat(62)}- y`, model: '', serial: [], cameras: [], disks: [], devices: [] },
      gpus: ['Ünknown driver'],
    };
    for (const [key, value] of Object.entries(labelsOf(facts))) {
      assert.match(key, /^device\.coracle\.io\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/);
      assert.match(value, /^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/);
    }
  });
});

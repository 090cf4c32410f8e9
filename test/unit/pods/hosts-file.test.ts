/** The /etc/hosts the node writes for Pods. */
import assert from 'node:assert/strict';
import { readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { hostsFile } from '../../../agent/pods/container/hosts-file.ts';
import { createPodFiles } from '../../../agent/volumes/pod-files.ts';
import { tempDir } from '../../support/temp-dir.ts';

const plain = { addresses: ['10.32.0.4'], hostname: 'web', domainName: undefined, aliases: [], host: undefined };

describe('the hosts file of a Pod', () => {
  it('names the Pod by each of its addresses, with its domain first', () => {
    const text = hostsFile({
      ...plain,
      addresses: ['10.32.0.4', 'fd00::4'],
      domainName: 'web.sub.ns.svc.cluster.local',
    });
    assert.match(text, /^# Kubernetes-managed hosts file\.\n127\.0\.0\.1\tlocalhost\n::1\tlocalhost /);
    assert.ok(
      text.endsWith('10.32.0.4\tweb.sub.ns.svc.cluster.local\tweb\nfd00::4\tweb.sub.ns.svc.cluster.local\tweb\n'),
    );
  });

  it('has the aliases of the Pod at its end', () => {
    const text = hostsFile({ ...plain, aliases: [{ ip: '1.2.3.4', hostnames: ['a', 'b'] }] });
    assert.ok(text.endsWith('10.32.0.4\tweb\n\n# Entries added by HostAliases.\n1.2.3.4\ta\tb\n'));
  });

  it("is the node's own in the node's network", () => {
    const text = hostsFile({ ...plain, host: '127.0.0.1 localhost\n' });
    assert.equal(text, '# Kubernetes-managed hosts file (host network).\n127.0.0.1 localhost\n');
  });
});

describe('files of Pods', () => {
  it('stay until their Pod goes, or nobody knows it', async (test) => {
    const dir = join(tempDir(test), 'hosts');
    const files = createPodFiles({ dir });
    await files.sweep(() => false);
    const [one, two] = [await files.writeHosts('one', 'a'), await files.writeHosts('two', 'b')];
    assert.equal(await files.writeHosts('one', 'c'), one);
    assert.equal(readFileSync(one, 'utf8'), 'c');
    await files.sweep((uid) => uid === 'one');
    assert.deepEqual([existsSync(one), existsSync(two)], [true, false]);
    await files.remove('one');
    await files.remove('one');
    assert.equal(existsSync(one), false);
  });
});

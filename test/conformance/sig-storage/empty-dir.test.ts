/** Directories that live as long as their Pod, on the disk and in memory. */
import assert from 'node:assert/strict';
import { container, core, logOf, pod, podSpec, runPod } from '../objects.ts';
import { type Cluster, conformance, until } from '../suite.ts';

const media = { default: {}, tmpfs: { medium: 'Memory' } } as const;
type Medium = keyof typeof media;

/** The output of `script` in a Pod with an empty directory at /volume. */
function tells(cluster: Cluster, medium: Medium, script: string, user: number): Promise<string> {
  const main = container(script, { volumeMounts: [{ name: 'volume', mountPath: '/volume' }] });
  return logOf(
    cluster,
    pod(
      'uses',
      podSpec(undefined, {
        containers: [main],
        volumes: [{ name: 'volume', emptyDir: media[medium] }],
        securityContext: { runAsUser: user },
      }),
    ),
  );
}

/** What is mounted there, in words: tmpfs, or something of the node's disk. */
const fileSystem = '[ "$(awk \'$2 == "/volume" { print $3 }\' /proc/mounts)" = tmpfs ] && echo tmpfs || echo default';

for (const medium of ['default', 'tmpfs'] as const) {
  const title = medium === 'default' ? 'mode, default medium' : 'mode, tmpfs';
  conformance(`[sig-storage] empty_dir.go: ${title}`, async (cluster) => {
    const text = await tells(cluster, medium, `${fileSystem}; stat -c %A /volume`, 0);
    // the sticky bit may or may not be there
    assert.match(text, new RegExp(`^${medium}\\ndrwxrwxrw[xt]\\n$`));
  });

  for (const [who, user] of Object.entries({ root: 0, 'non-root': 1001 }))
    for (const mode of ['0644', '0666', '0777'])
      conformance(`[sig-storage] empty_dir.go: ${who},${mode},${medium}`, async (cluster) => {
        const write = `echo -n mount-tester > /volume/file && chmod ${mode} /volume/file`;
        const read = "stat -c '%a %u' /volume/file; cat /volume/file";
        const text = await tells(cluster, medium, `${fileSystem}; ${write}; ${read}`, user);
        assert.equal(text, `${medium}\n${Number(mode)} ${user}\nmount-tester`);
      });
}

conformance('[sig-storage] empty_dir.go: shared between containers', async (cluster) => {
  const mount = (script: string, name: string): object =>
    container(script, { name, volumeMounts: [{ name: 'shared', mountPath: '/shared' }] });
  const spec = podSpec(undefined, {
    containers: [
      mount('echo Hello from the sub container > /shared/new; mv /shared/new /shared/file; exec sleep 1000', 'writes'),
      mount('until [ -e /shared/file ]; do sleep 0.1; done; cat /shared/file; exec sleep 1000', 'reads'),
    ],
    volumes: [{ name: 'shared', emptyDir: {} }],
  });
  await runPod(cluster, pod('shares', spec));
  const path = `${core(cluster, 'pods', 'shares')}/log?container=reads`;
  await until(async () => (await cluster.ok<string>('GET', path)) === 'Hello from the sub container\n');
});

/** Messages of CRI as bytes, judged by the library that everybody uses. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadSync } from '@grpc/proto-loader';
import { parseProto } from '../../../agent/runtime/cri/proto-file.ts';
import { codecOf } from '../../../agent/runtime/cri/wire.ts';

const path = fileURLToPath(new URL('../../../agent/runtime/cri/cri.proto', import.meta.url));
const file = parseProto(readFileSync(path, 'utf8'));
const judge = loadSync(path, { longs: Number, enums: String, defaults: true });

/** The judge's codec. */
function judged(name: string): { serialize(message: object): Buffer; deserialize(bytes: Buffer): object } {
  return judge[`runtime.v1.${name}`] as never;
}

const samples: Record<string, object> = {
  ContainerStatusResponse: {
    status: {
      id: 'a1',
      metadata: { name: 'main', attempt: 3 },
      state: 'CONTAINER_EXITED',
      startedAt: 1_795_823_681_000_000_000,
      exitCode: -1,
      image: { image: 'web:1', userSpecifiedImage: 'web' },
      labels: { app: 'web', empty: '', ä: 'ö' },
      resources: { linux: { cpuQuota: -1, memoryLimitInBytes: 2 ** 40, oomScoreAdj: -998 } },
      user: { linux: { uid: 1000, gid: 0, supplementalGroups: [5, 0, 70_000] } },
      stopSignal: 'SIGRTMAX',
    },
  },
  PodSandboxConfig: {
    dnsConfig: { servers: ['10.0.0.1', ''], searches: [], options: ['ndots:5'] },
    portMappings: [{ protocol: 'SCTP', containerPort: 80, hostPort: 8080, hostIp: '' }, { protocol: 'TCP' }],
    linux: { sysctls: { 'net.core.somaxconn': '1' }, securityContext: { privileged: true, seccomp: {} } },
  },
  LinuxContainerSecurityContext: {
    runAsUser: { value: 0 },
    namespaceOptions: { pid: 'TARGET', targetId: 'x' },
    seccomp: { profileType: 'Localhost', localhostRef: '/p' },
  },
  ExecSyncResponse: { stdout: Buffer.from([0, 255, 128]), stderr: Buffer.alloc(0), exitCode: 137 },
  PortForwardRequest: { podSandboxId: 's', port: [80, 65_535] },
  ImageFsInfoResponse: { imageFilesystems: [{ usedBytes: { value: 2 ** 50 }, fsId: { mountpoint: '/' } }, {}] },
  Empty: {},
};

describe('messages on the wire', () => {
  for (const [name, sample] of Object.entries(samples)) {
    it(`${name}: written and read as the library does`, () => {
      const ours = codecOf(file, name);
      const theirs = judged(name);
      assert.deepEqual(theirs.deserialize(ours.write(sample)), theirs.deserialize(theirs.serialize(sample)));
      const read = ours.read(theirs.serialize(sample));
      assert.deepEqual(
        JSON.parse(JSON.stringify(read)),
        JSON.parse(JSON.stringify(theirs.deserialize(theirs.serialize(sample)))),
      );
    });
  }

  it('has every message, number and call the library finds', () => {
    const names = Object.keys(judge).map((name) => name.replace(/^runtime\.v1\./, ''));
    const known = [...file.messages.keys(), ...file.enums.keys(), 'RuntimeService', 'ImageService'];
    assert.deepEqual(
      names.filter((name) => !name.includes('.')).sort(),
      known.filter((name) => name !== 'ProfileType').sort(),
    );
    const methods = ['RuntimeService', 'ImageService'].flatMap((name) =>
      Object.entries(judge[`runtime.v1.${name}`] ?? {}),
    );
    assert.deepEqual(
      methods.map(([name, { path: where }]) => [name, where]).sort(),
      [...file.calls].map(([name, { path: where }]) => [name, where]).sort(),
    );
  });

  it('passes over what it does not know, and refuses what is broken', () => {
    const { read } = codecOf(file, 'PodSandboxId');
    const unknown = [0x98, 0x06, 0x01, 0xa1, 0x06, 1, 2, 3, 4, 5, 6, 7, 8, 0xa5, 0x06, 1, 2, 3, 4, 0x0a, 1, 0x78];
    assert.deepEqual(read(Buffer.from(unknown)), { podSandboxId: 'x' });
    for (const broken of [[0x0a, 5, 0x78], [0x0a], [0x08, 1].concat(Array(12).fill(0xff)), [0x0b], [0x0d, 1, 2, 3, 4]])
      assert.throws(() => read(Buffer.from(broken)), Error);
  });

  it('refuses a file it does not understand', () => {
    assert.throws(() => parseProto('message A {\n  float x = 1 [packed];\n}'), /no line of a proto file/);
  });
});

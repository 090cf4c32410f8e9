/** Paths as the API server's RequestInfo reads them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodedPath, parseTarget } from '../../../hub/server/path.ts';

const shown = (path: string): string | undefined => {
  const target = parseTarget(path);
  if (target === undefined) return undefined;
  const { group, version, namespace, resource, name, subresource, rest, watch } = target;
  return [group, version, namespace, resource, name, subresource, rest, watch ? 'watch' : ''].join(' ').trimEnd();
};

test('paths name group, version, namespace, resource, name and subresource', () => {
  const expected: [string, string | undefined][] = [
    ['/api/v1/pods', ' v1  pods'],
    ['/api/v1/namespaces/a/pods', ' v1 a pods'],
    ['/api/v1/namespaces/a/pods/p', ' v1 a pods p'],
    ['/api/v1/namespaces/a/pods/p/log', ' v1 a pods p log'],
    ['/api/v1/namespaces/a/pods/p/proxy/x/y', ' v1 a pods p proxy /x/y'],
    ['/apis/apps/v1/namespaces/a/deployments/d/scale', 'apps v1 a deployments d scale'],
    ['/apis/apps/v1/deployments', 'apps v1  deployments'],
    ['/api/v1/namespaces', ' v1  namespaces'],
    ['/api/v1/namespaces/a', ' v1  namespaces a'],
    ['/api/v1/namespaces/a/', ' v1  namespaces a'],
    ['/api/v1/namespaces/a/status', ' v1  namespaces a status'],
    ['/api/v1/namespaces/a/finalize', ' v1  namespaces a finalize'],
    ['/api/v1/watch/namespaces/a/pods', ' v1 a pods    watch'],
    ['/api/v1/nodes/n/proxy/metrics', ' v1  nodes n proxy /metrics'],
    ['/api', undefined],
    ['/api/v1', undefined],
    ['/api/v1/', undefined],
    ['/apis', undefined],
    ['/apis/apps', undefined],
    ['/apis/apps/v1', undefined],
    ['/apis//v1/x', undefined],
    ['/version', undefined],
    ['/', undefined],
  ];
  for (const [path, target] of expected) assert.equal(shown(path), target, path);
});

test('escapes are resolved before names are read, and broken ones refused', () => {
  assert.equal(decodedPath('/api/v1/pods/a%2Fb'), '/api/v1/pods/a/b');
  assert.equal(decodedPath('/plain'), '/plain');
  assert.throws(() => decodedPath('/a%zz'), { reason: 'BadRequest' });
});

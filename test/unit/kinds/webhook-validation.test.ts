/** Webhook configurations: what is refused, and how a URL is read. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseGoUrl } from '../../../hub/kinds/go-url.ts';
import { faults } from './made.ts';

const rule = { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] };
const good = {
  name: 'h.example.com',
  clientConfig: { url: 'https://x.example.com' },
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
};

/** What is wrong with a webhook, with the paths below it. */
function hook(parts: object): string[] {
  const found = faults('admissionregistration.k8s.io', 'MutatingWebhookConfiguration', {
    webhooks: [{ ...good, ...parts }],
  });
  return found.map((line) => line.replace('webhooks[0].', ''));
}

const url = (text: string): string[] => hook({ clientConfig: { url: text } });
const resources = (...list: string[]): string[] => hook({ rules: [{ ...rule, resources: list }] });
const form = 'desired format: https://host[/path]';

describe('webhooks', () => {
  const cases: [string, string[], string[]][] = [
    [
      'an empty policy is a policy',
      hook({ failurePolicy: '', matchPolicy: '' }),
      [
        'failurePolicy: Unsupported value: "": supported values: "Fail", "Ignore"',
        'matchPolicy: Unsupported value: "": supported values: "Equivalent", "Exact"',
      ],
    ],
    [
      'review versions are told last',
      hook({ admissionReviewVersions: [], timeoutSeconds: 0, reinvocationPolicy: 'X', clientConfig: {} }),
      [
        'timeoutSeconds: Invalid value: 0: the timeout value must be between 1 and 30 seconds',
        'reinvocationPolicy: Unsupported value: "X": supported values: "IfNeeded", "Never"',
        'clientConfig: Required value: exactly one of url or service is required',
        'admissionReviewVersions: Required value: must specify one of v1, v1beta1',
      ],
    ],
    [
      'a Service without its name',
      hook({ clientConfig: { service: { namespace: 'n' } } }),
      ['clientConfig.service.namespace: Required value'],
    ],
    [
      'a Service without its namespace',
      hook({ clientConfig: { service: { name: 'n' } } }),
      ['clientConfig.service.name: Required value'],
    ],
    [
      'all of a resource, twice',
      resources('pods/*', 'pods/*'),
      [`rules[0].resources[1]: Invalid value: "pods/*": if 'pods/*' is present, must not specify pods/*`],
    ],
    [
      'a wildcard in front',
      resources('*', 'pods'),
      [
        `rules[0].resources: Invalid value: ["*","pods"]: if '*' is present, must not specify other resources without subresources`,
      ],
    ],
    ['a wildcard behind', resources('pods', '*'), []],
    [
      'a URL without a scheme',
      url('x.example.com'),
      [
        `clientConfig.url: Invalid value: "": 'https' is the only allowed URL scheme; ${form}`,
        `clientConfig.url: Invalid value: "": host must be specified; ${form}`,
      ],
    ],
    [
      'no URL',
      url('https://x y'),
      [
        `clientConfig.url: Required value: url must be a valid URL: parse "https://x y": invalid character " " in host name; ${form}`,
      ],
    ],
  ];
  for (const [what, found, wanted] of cases) it(what, () => assert.deepEqual(found, wanted));
});

describe('URLs, as Go reads them', () => {
  it('has its parts', () => {
    assert.deepEqual(parseGoUrl('HTTPS://u:p@h:1/a?b#c'), {
      scheme: 'https',
      user: 'u:p',
      host: 'h:1',
      query: 'b',
      fragment: 'c',
    });
    assert.equal(parseGoUrl('https://[::1]:8443').host, '[::1]:8443');
    assert.equal(parseGoUrl('mailto:a@b').host, '');
  });
  const refused: [string, string][] = [
    [':a', 'missing protocol scheme'],
    ['https://h:port', 'invalid port ":port" after host'],
    ['https://[::1', "missing ']' in host"],
    ['https://h/%zz', 'invalid URL escape "%zz"'],
    ['1:2', 'first path segment in URL cannot contain colon'],
    ['a\u0001', 'net/url: invalid control character in URL'],
  ];
  for (const [text, why] of refused) {
    it(`refuses ${JSON.stringify(text)}`, () =>
      assert.throws(() => parseGoUrl(text), { message: `parse ${JSON.stringify(text)}: ${why}` }));
  }
});

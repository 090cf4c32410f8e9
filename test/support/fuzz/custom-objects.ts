/** Definitions and custom resources with rules and patterns, honest ones and ones that are meant to cost time. */
import { mutate, nastyValue } from './nasty.ts';
import type { Random } from './random.ts';

type Fields = Record<string, unknown>;

/** The group of everything here. */
const customGroup = 'fuzz.example.com';
const plurals = ['gadgets', 'widgets', 'things'] as const;

/** Regular expressions that take exponential time where one tries every way. */
const patterns = [
  '^[a-z]+$',
  '^(a+)+$',
  '^(a|a)*$',
  '^(a|aa)+$',
  '(x+x+)+y',
  '^(([a-z])+.)+[A-Z]([a-z])+$',
  '(a?){40}a{40}',
  '^(.*a){25}$',
  'a{1000}{1000}',
  '(?=a)b',
  '\\1(a)',
  '[',
  '(?<n>a)\\k<n>',
  '\\p{L}+',
] as const;

/** Rules: honest, costly, and no rules at all. */
const rules = [
  'self.replicas >= 0',
  'self.replicas >= oldSelf.replicas',
  "self.name.matches('^(a+)+$')",
  "self.name.matches(self.name + '*')",
  'self.items.all(a, self.items.all(b, self.items.all(c, a == b && b == c)))',
  "self.items.map(x, x + x + x + x).map(x, x + x + x + x).exists(x, x.contains('z'))",
  'self.items.all(x, self.items.exists_one(y, x == y))',
  '[1,2,3,4,5,6,7,8,9,10].all(a, [1,2,3,4,5,6,7,8,9,10].all(b, [1,2,3,4,5,6,7,8,9,10].all(c, a + b + c > 0)))',
  "self.name.split('').join('').size() < 1000000",
  "self.name.replace('', 'xxxxxxxxxx').replace('', 'xxxxxxxxxx').replace('', 'xxxxxxxxxx').size() > 0",
  '1 / 0 == 1',
  'self.replicas % 0 == 1',
  '9223372036854775807 + self.replicas > 0',
  "duration('999999999999h') > duration('1s')",
  "timestamp('9999-99-99T00:00:00Z') > timestamp('2000-01-01T00:00:00Z')",
  "quantity('9999999999999999999Ei').add(quantity('1')).isGreaterThan(quantity('0'))",
  'self.__proto__ == 1',
  "has(self.constructor) || 'toString' in self.labels",
  'self',
  'self.',
  `${'('.repeat(2000)}true${')'.repeat(2000)}`,
  `${'!'.repeat(3000)}true`,
  Array.from({ length: 3000 }, () => 'true').join(' && '),
  "'\\u0000\\ud800' == ''",
  "cel.bind(x, self.name, cel.bind(y, x + x, y + y)) != ''",
] as const;

/** Names and values of custom objects that patterns and rules have the most trouble with. */
const words = [
  'web',
  'a',
  `${'a'.repeat(40)}!`,
  `${'x'.repeat(60)}`,
  'a'.repeat(5000),
  'é\ud83d\ude00',
  '',
  '\u0000',
] as const;

function schema(random: Random): Fields {
  const rule = (): Fields => ({
    rule: random.pick(rules),
    ...(random.chance(0.3) ? { message: 'no' } : {}),
    ...(random.chance(0.2) ? { messageExpression: "'is ' + string(self)" } : {}),
    ...(random.chance(0.1) ? { fieldPath: random.pick(['.name', '.items', '.nothing', '..', '']) } : {}),
  });
  const bound = (limit: Fields): Fields => (random.chance(0.5) ? limit : {});
  return {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        ...(random.chance(0.6) ? { 'x-kubernetes-validations': [rule(), rule()] } : {}),
        ...(random.chance(0.1) ? { 'x-kubernetes-preserve-unknown-fields': true } : {}),
        properties: {
          name: {
            type: 'string',
            ...bound({ maxLength: 100 }),
            ...(random.chance(0.5) ? { pattern: random.pick(patterns) } : {}),
          },
          replicas: { type: 'integer', default: 1, ...bound({ minimum: 0, maximum: 100 }) },
          items: { type: 'array', items: { type: 'string', ...bound({ maxLength: 10 }) }, ...bound({ maxItems: 10 }) },
          labels: { type: 'object', additionalProperties: { type: 'string' } },
          port: { 'x-kubernetes-int-or-string': true },
          when: { type: 'string', format: random.pick(['date-time', 'duration', 'ipv4', 'cidr', 'uuid', 'byte', 'x']) },
          parts: {
            type: 'array',
            'x-kubernetes-list-type': random.pick(['map', 'set', 'atomic']),
            'x-kubernetes-list-map-keys': ['id'],
            items: {
              type: 'object',
              required: ['id'],
              properties: { id: { type: 'string' }, size: { type: 'number' } },
            },
          },
        },
      },
      status: { type: 'object', properties: { replicas: { type: 'integer' }, selector: { type: 'string' } } },
    },
  };
}

/** A definition of one of the custom resources; now and then one that cannot be. */
export function definition(random: Random): Fields {
  const plural = random.pick(plurals);
  const kind = `${plural[0]?.toUpperCase()}${plural.slice(1, -1)}`;
  const version = (name: string, storage: boolean): Fields => ({
    name,
    served: true,
    storage,
    schema: { openAPIV3Schema: schema(random) },
    subresources: {
      status: {},
      scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
    },
    additionalPrinterColumns: [
      {
        name: 'Name',
        type: 'string',
        jsonPath: random.pick(['.spec.name', '.spec.items[*]', '.spec[', '.__proto__', '..']),
      },
    ],
    ...(random.chance(0.3) ? { selectableFields: [{ jsonPath: '.spec.name' }] } : {}),
  });
  const made = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${customGroup}` },
    spec: {
      group: customGroup,
      scope: 'Namespaced',
      names: { plural, singular: plural.slice(0, -1), kind, listKind: `${kind}List` },
      versions: [version('v1', true), version('v2', false)],
    },
  };
  if (random.chance(0.3)) mutate(random, made);
  return made;
}

/** A custom object and where it belongs. */
export function customObject(random: Random, name: string): { path: string; plural: string; object: Fields } {
  const plural = random.pick(plurals);
  const version = random.pick(['v1', 'v1', 'v2', 'v9']);
  const object: Fields = {
    apiVersion: `${customGroup}/${version}`,
    kind: `${plural[0]?.toUpperCase()}${plural.slice(1, -1)}`,
    metadata: { name, namespace: 'fuzz' },
    spec: {
      name: random.pick(words),
      replicas: random.pick<unknown>([0, 1, 3, -1, 2 ** 31, '1', 1.5]),
      items: Array.from({ length: random.pick([0, 1, 3, 200]) }, (_, index) => random.pick(['a', 'b', `i${index}`])),
      labels: Object.fromEntries([[random.pick(['a', '__proto__', 'toString']), 'x']]),
      port: random.pick<unknown>([80, '80', {}, null]),
      when: random.pick(['2026-01-02T03:04:05Z', '1h', '10.0.0.0/8', 'x']),
      parts: [{ id: 'a' }, { id: random.pick(['a', 'b']), size: random.pick([1, 1e308, -0]) }],
      ...(random.chance(0.1) ? { unknown: nastyValue(random) } : {}),
    },
  };
  if (random.chance(0.4)) mutate(random, object);
  return { path: `/apis/${customGroup}/${version}/namespaces/fuzz/${plural}`, plural, object };
}

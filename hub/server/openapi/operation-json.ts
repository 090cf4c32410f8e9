/** Paths and operations in the two dialects of OpenAPI. */
import type { Operation, PathItem, QueryParameter } from './operation.ts';
import { type Dialect, refTo } from './schema-json.ts';

const produces = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];

function queryJson(dialect: Dialect, { name, type }: QueryParameter): object {
  return dialect === 'v2'
    ? { name, in: 'query', type, uniqueItems: true }
    : { name, in: 'query', schema: { type, uniqueItems: true } };
}

function pathParameterJson(dialect: Dialect, name: string): object {
  return dialect === 'v2'
    ? { name, in: 'path', type: 'string', required: true, uniqueItems: true }
    : { name, in: 'path', required: true, schema: { type: 'string', uniqueItems: true } };
}

/** What both dialects say in the same words. */
function commonJson(operation: Operation): object {
  return {
    operationId: operation.id,
    'x-kubernetes-action': operation.action,
    'x-kubernetes-group-version-kind': operation.kind,
  };
}

function operationV2(operation: Operation): object {
  const { body, answer } = operation;
  const bodyParameters = body === undefined ? [] : [{ name: 'body', in: 'body', schema: refTo('v2', body) }];
  const schema = answer === undefined ? { type: 'string' } : refTo('v2', answer);
  return {
    consumes: operation.consumes,
    produces,
    parameters: [...bodyParameters, ...operation.query.map((one) => queryJson('v2', one))],
    responses: { '200': { description: 'OK', schema }, '401': { description: 'Unauthorized' } },
    ...commonJson(operation),
  };
}

function operationV3(operation: Operation): object {
  const { body, answer } = operation;
  const content = (types: readonly string[], schema: object): object =>
    Object.fromEntries(types.map((type) => [type, { schema }]));
  const answerJson = answer === undefined ? { type: 'string' } : refTo('v3', answer);
  return {
    parameters: operation.query.map((one) => queryJson('v3', one)),
    ...(body === undefined ? {} : { requestBody: { content: content(operation.consumes, refTo('v3', body)) } }),
    responses: {
      '200': { description: 'OK', content: content(answer === undefined ? ['*/*'] : produces, answerJson) },
      '401': { description: 'Unauthorized' },
    },
    ...commonJson(operation),
  };
}

/** The JSON of one path. */
export function pathJson(dialect: Dialect, item: PathItem): object {
  const write = dialect === 'v2' ? operationV2 : operationV3;
  return {
    ...Object.fromEntries(item.operations.map((operation) => [operation.method, write(operation)])),
    ...(item.parameters.length === 0
      ? {}
      : { parameters: item.parameters.map((name) => pathParameterJson(dialect, name)) }),
  };
}

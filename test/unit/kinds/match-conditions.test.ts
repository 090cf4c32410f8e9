/** Match conditions of webhooks: which expressions are some, and when they hold. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { conditionFault, lazyConditions } from '../../../hub/kinds/control/lazy-match-conditions.ts';

const request = {
  operation: 'UPDATE',
  name: 'm',
  resource: { group: '', version: 'v1', resource: 'configmaps' },
  userInfo: { username: 'jane', groups: ['a', 'b'] },
};

function match(...expressions: string[]): boolean | undefined {
  const conditions = expressions.map((expression, index) => ({ name: `c${index}`, expression }));
  return lazyConditions(conditions)?.match({ request, object: { data: { a: '1' } }, oldObject: undefined });
}

describe('match conditions', () => {
  it('are expressions about the request and its objects, and are true or false', () => {
    assert.equal(conditionFault("request.operation == 'CREATE' || has(object.data.a)"), undefined);
    assert.match(
      conditionFault('request.nothing == 1') ?? '',
      /^compilation failed: ERROR: <input>:1:8: undefined field/,
    );
    assert.match(conditionFault('... []') ?? '', /^compilation failed: ERROR: <input>:1:1: /);
    assert.equal(conditionFault("'text'"), 'must evaluate to bool but got string');
    assert.equal(conditionFault('object.data.flag'), 'must evaluate to bool but got dyn');
  });

  it('hold when all of them do', () => {
    assert.equal(match(), undefined);
    assert.equal(match("request.resource.resource == 'configmaps'", "'b' in request.userInfo.groups"), true);
    assert.equal(match("object.data.a == '1'", 'oldObject != null'), false);
  });

  it('do not hold when one does not, whatever the others are; else a fault is told', () => {
    assert.equal(match("object.none == '1'", "request.name == 'other'"), false);
    assert.throws(
      () => match("object.none == '1'"),
      /expression 'object\.none == '1'' resulted in error: no such key: none/,
    );
  });
});

/** From one state of a table of packet rules to another: as little as possible, in an order the kernel takes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type NftTable, replaceTable, tableDifference } from '../../../agent/network/nft-table.ts';
import { rest, TableKeeper } from '../../../agent/network/table-keeper.ts';
import { silentLog } from '../../../hub/base/log.ts';
import { manualClock } from '../../support/manual-clock.ts';

const table = (elements: Record<string, string>, chains: Record<string, string[]>): NftTable => ({
  family: 'inet',
  name: 't',
  sets: new Map([
    ['m', { kind: 'map', spec: 'type ipv4_addr : verdict;', elements: new Map(Object.entries(elements)) }],
  ]),
  chains: new Map(Object.entries(chains).map(([name, rules]) => [name, { rules }])),
});

const lines = (text: string): string[] => text.split('\n').slice(0, -1);

describe('a table', () => {
  it('is made whole in one file, whatever was there', () => {
    assert.deepEqual(lines(replaceTable(table({ '10.0.0.1': 'goto a' }, { a: ['accept'] }))), [
      'add table inet t',
      'delete table inet t',
      'add table inet t',
      'add map inet t m { type ipv4_addr : verdict; }',
      'add chain inet t a',
      'flush chain inet t a',
      'add rule inet t a accept',
      'add element inet t m { 10.0.0.1 : goto a }',
    ]);
  });

  it('is changed only where it differs', () => {
    const before = table({ '10.0.0.1': 'goto a', '10.0.0.2': 'goto b' }, { a: ['accept'], b: ['drop'], c: ['drop'] });
    const after = table({ '10.0.0.1': 'goto a', '10.0.0.2': 'goto a' }, { a: ['accept'], b: ['accept'], d: ['drop'] });
    const { commands, stale } = tableDifference(before, after);
    assert.deepEqual(lines(commands), [
      'add chain inet t d',
      'delete element inet t m { 10.0.0.2 }',
      'flush chain inet t b',
      'add rule inet t b accept',
      'flush chain inet t d',
      'add rule inet t d drop',
      'flush chain inet t c',
      'add element inet t m { 10.0.0.2 : goto a }',
    ]);
    assert.deepEqual(stale, ['c']);
    assert.deepEqual(tableDifference(after, after), { commands: '', stale: [] });
  });

  it('keeps sets the kernel fills, and loses those nothing uses', () => {
    const set = { kind: 'set', spec: 'type ipv4_addr; flags dynamic;', elements: new Map() } as const;
    const before: NftTable = {
      ...table({}, {}),
      sets: new Map([
        ['one', set],
        ['two', set],
      ]),
    };
    const after: NftTable = { ...before, sets: new Map([['two', { ...set, elements: new Map() }]]) };
    assert.equal(tableDifference(before, after).commands, 'delete set inet t one\n');
  });
});

describe('the keeper of a table', () => {
  it('replaces it whole at first, after a failure and when somebody changed it; deletes chains a while later', async () => {
    const clock = manualClock();
    const ran: string[] = [];
    let fails = 0;
    const run = async (commands: string): Promise<void> => {
      ran.push(commands);
      if (fails-- > 0) throw new Error('refused');
    };
    const keeper = new TableKeeper({ run, clock, log: silentLog });
    const [one, two] = [table({}, { a: ['accept'], b: ['drop'] }), table({}, { a: ['drop'] })];
    assert.equal(await keeper.apply(one), 'replaced');
    assert.equal(await keeper.apply(one), 'same');
    assert.equal(await keeper.apply(two), 'changed');
    assert.equal(keeper.resting, true);
    assert.equal(await keeper.apply(two), 'same');
    clock.advance(rest);
    assert.equal(await keeper.apply(two), 'changed');
    assert.deepEqual(lines(ran.at(-1) ?? ''), ['add chain inet t b', 'delete chain inet t b']);
    assert.equal(keeper.resting, false);
    keeper.forget();
    assert.equal(await keeper.apply(two), 'replaced');
    fails = 1;
    assert.equal(await keeper.apply(one), 'replaced');
    fails = 2;
    await assert.rejects(keeper.apply(two), /refused/);
    assert.equal(await keeper.apply(two), 'replaced');
  });

  it('replaces it whole when somebody changed it while a change was under way', async () => {
    const clock = manualClock();
    let during = (): void => {};
    const run = async (): Promise<void> => during();
    const keeper = new TableKeeper({ run, clock, log: silentLog });
    const [one, two] = [table({}, { a: ['accept'] }), table({}, { a: ['drop'] })];
    during = () => keeper.forget();
    assert.equal(await keeper.apply(one), 'replaced');
    during = () => {};
    assert.equal(await keeper.apply(one), 'replaced');
    during = () => keeper.forget();
    assert.equal(await keeper.apply(two), 'changed');
    assert.equal(await keeper.apply(two), 'replaced');
  });
});

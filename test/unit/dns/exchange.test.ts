/** Questions to upstream servers that cannot even be asked. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { askDatagram } from '../../../agent/dns/exchange.ts';

it('a server there is no way to is an answer that does not come, and no end of the agent', async () => {
  const signal = new AbortController().signal;
  const exchange = { message: Buffer.from('?'), read: (bytes: Buffer) => bytes, timeout: 5000, signal };
  // to all at once: what no socket may do unless it was allowed to, so that connecting fails on every machine
  await assert.rejects(askDatagram({ ...exchange, place: { address: '255.255.255.255', port: 53 } }), {
    code: 'EACCES',
  });
});

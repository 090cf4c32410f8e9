/** A limit on the size of MQTT packets, which aedes does not have: a length is looked at before the bytes are awaited. */
import type { Client } from 'aedes';

/** The part of mqtt-packet's parser that knows a packet's length after its fixed header (MQTT 3.1.1 §2.2.3). */
interface Parser {
  packet: { length: number };
  _parseLength(): boolean;
  emit(event: 'error', error: Error): boolean;
}

/** Ends the connection of `client` when it announces a packet of more than `limit` bytes. */
export function limitPackets(client: Client, limit: number): void {
  const parser = (client as unknown as { _parser: Parser })._parser;
  const parseLength = parser._parseLength;
  parser._parseLength = function limited(this: Parser) {
    if (!parseLength.call(this)) return false;
    if (this.packet.length <= limit) return true;
    this.emit('error', new Error(`a packet of ${this.packet.length} bytes is above the limit of ${limit}`));
    return false;
  };
}

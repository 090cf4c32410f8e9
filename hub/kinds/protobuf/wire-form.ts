/** How the fields of messages lie on the wire, and what stands for those that do not. */
import { form, type WireField } from './messages.ts';
import { wire } from './wire-reader.ts';

/** The wire type of what a field, or each item of its list or map, is. */
export function itemWireOf(field: WireField): number {
  switch (field.form) {
    case form.bool:
    case form.int32:
    case form.int64:
      return wire.varint;
    case form.double:
      return wire.fixed64;
    default:
      return wire.bytes;
  }
}

/** The wire type of a field. */
export function wireOf(field: WireField): number {
  return field.holds === 'map' ? wire.bytes : itemWireOf(field);
}

/** What an item of a map is when it was not written. */
export function zeroOf(field: WireField): unknown {
  switch (field.form) {
    case form.string:
    case form.bytes:
      return '';
    case form.bool:
      return false;
    case form.int32:
    case form.int64:
    case form.double:
    case form.intOrString:
      return 0;
    case form.quantity:
      return '0';
    case form.message:
      return {};
    case form.strings:
      return [];
    default:
      return null;
  }
}

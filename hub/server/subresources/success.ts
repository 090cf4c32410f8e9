/** The Status of a subresource that has nothing else to show: binding, eviction. */
import type { Call } from '../call.ts';
import { sendValue } from '../respond.ts';

/** Answers 201 with a Status. */
export function sendSuccess(call: Call): void {
  sendValue(call, 201, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 });
}

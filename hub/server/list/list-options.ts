/** Query parameters of lists and watches, checked. API: meta/v1 ListOptions. */
import { ApiError, badRequest } from '../../api/errors.ts';
import { type FieldError, forbiddenField, invalidObject, notSupported } from '../../api/field-error.ts';
import { parseFieldSelector, parseLabelSelector } from '../../api/selector.ts';
import type { ListOptions, Selection, WatchOptions } from '../../registry/registry.ts';
import type { Call } from '../call.ts';

/** A whole number of the query. Throws BadRequest in Go's words. */
export function integerParameter(call: Call, name: string): number | undefined {
  const text = call.query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^[+-]?\d{1,18}$/.test(text)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return Number(text);
}

/** A boolean of the query; anything but 0 and false is true. */
export function booleanParameter(call: Call, name: string): boolean | undefined {
  const text = call.query.get(name);
  if (text === null || text === '') return undefined;
  return text !== '0' && text.toLowerCase() !== 'false';
}

/** 504 for a revision that is not there yet. */
function revisionInFuture(revision: string, head: number): ApiError {
  return new ApiError('Timeout', `Timeout: Too large resource version: ${revision}, current: ${head}`, {
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
  });
}

/** Throws for a resourceVersion that is no number, or beyond `head`. */
export function checkRevision(text: string | undefined, head: number): void {
  if (text === undefined || text === '') return;
  if (!/^\d{1,20}$/.test(text)) {
    const value = JSON.stringify(text);
    throw new ApiError(
      'InternalError',
      `resourceVersion: Invalid value: ${value}: strconv.ParseUint: parsing ${value}: invalid syntax`,
    );
  }
  if (Number(text) > head) throw revisionInFuture(text, head);
}

/** Which objects a request means: its path and its selectors. */
function selectionOf(call: Call): Selection {
  const selection: Selection = {};
  const { target } = call;
  if (target !== undefined && target.namespace !== '') selection.namespace = target.namespace;
  if (target !== undefined && target.name !== '') selection.name = target.name;
  if (call.search === '') return selection;
  const labels = call.query.get('labelSelector');
  const fields = call.query.get('fieldSelector');
  if (labels !== null && labels !== '') selection.labels = parseLabelSelector(labels);
  if (fields !== null && fields !== '') selection.fields = parseFieldSelector(fields);
  return selection;
}

const matches = ['Exact', 'NotOlderThan', ''];

/** Options of a list. */
export function listOptions(call: Call, head: number): ListOptions {
  const options: ListOptions = selectionOf(call);
  if (call.search === '') return options;
  const { query } = call;
  const match = query.get('resourceVersionMatch') ?? '';
  const version = query.get('resourceVersion') ?? '';
  const token = query.get('continue') ?? '';
  const limit = integerParameter(call, 'limit') ?? 0;
  integerParameter(call, 'timeoutSeconds');
  const errors = matchErrors(match, version, token);
  if (query.has('sendInitialEvents')) {
    errors.push(forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  }
  if (errors.length > 0) throw invalidObject('meta.k8s.io', 'ListOptions', '', errors);
  if (token !== '' && version !== '' && version !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
  checkRevision(version, head);
  if (limit > 0) options.limit = limit;
  if (token !== '') options.continue = token;
  // API: with a limit, a version that is not 0 means exactly that version.
  if (version !== '') options.resourceVersion = version;
  const exact = match === '' && limit > 0 && version !== '' && version !== '0';
  if (match !== '' || exact) options.resourceVersionMatch = exact ? 'Exact' : match;
  return options;
}

function matchErrors(match: string, version: string, token: string): FieldError[] {
  const errors: FieldError[] = [];
  if (match === '') return errors;
  const field = 'resourceVersionMatch';
  if (version === '') {
    errors.push(forbiddenField(field, 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
  }
  if (token !== '') errors.push(forbiddenField(field, 'resourceVersionMatch is forbidden when continue is provided'));
  if (!matches.includes(match)) errors.push(notSupported(field, match, matches));
  if (match === 'Exact' && version === '0') {
    errors.push(forbiddenField(field, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  }
  return errors;
}

/** Options of a watch, and how many seconds it may last (undefined: the server's choice). */
export function watchOptions(call: Call, head: number): { watch: WatchOptions; seconds: number | undefined } {
  const watch: WatchOptions = selectionOf(call);
  const { query } = call;
  const match = query.get('resourceVersionMatch') ?? '';
  const version = query.get('resourceVersion') ?? '';
  const seconds = integerParameter(call, 'timeoutSeconds');
  const initial = booleanParameter(call, 'sendInitialEvents');
  const errors = watchErrors(match, initial, query.get('continue') ?? '');
  if (errors.length > 0) throw invalidObject('meta.k8s.io', 'ListOptions', '', errors);
  checkRevision(version, head);
  if (version !== '') watch.resourceVersion = version;
  if (match !== '') watch.resourceVersionMatch = match;
  if (booleanParameter(call, 'allowWatchBookmarks') === true) watch.bookmarks = true;
  if (initial !== undefined) watch.initialEvents = initial;
  return { watch, seconds: seconds !== undefined && seconds > 0 ? seconds : undefined };
}

function watchErrors(match: string, initial: boolean | undefined, token: string): FieldError[] {
  const errors: FieldError[] = [];
  const field = 'resourceVersionMatch';
  if (initial !== undefined && match !== 'NotOlderThan') {
    errors.push(forbiddenField(field, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'));
  }
  if (match === '') return errors;
  if (initial === undefined) {
    errors.push(
      forbiddenField(field, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'),
    );
  }
  if (match !== 'NotOlderThan') errors.push(notSupported(field, match, ['NotOlderThan']));
  if (token !== '') errors.push(forbiddenField(field, 'resourceVersionMatch is forbidden when continue is provided'));
  return errors;
}

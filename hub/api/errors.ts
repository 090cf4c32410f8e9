/** The one error type of the API: Kubernetes' closed list of reasons, and its translation to metav1.Status. */

/** Why a request failed (metav1.StatusReason) and the HTTP code each one travels with. */
export const reasonCodes = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  /** Nothing was said about why; on the wire there is no reason then. */
  Unknown: 500,
  ServerTimeout: 500,
  StoreReadError: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
} as const;

/** A metav1.StatusReason. */
export type Reason = keyof typeof reasonCodes;

/** metav1.StatusCause: one field and what is wrong with it. */
export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

/** metav1.StatusDetails. */
export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

/** metav1.Status as it is sent to a client. */
export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: { continue?: string };
  status: 'Success' | 'Failure';
  message?: string;
  reason?: Reason | '';
  details?: StatusDetails;
  code: number;
}

/** An error a client may see. Anything else that is thrown becomes InternalError outside and full detail in the log. */
export class ApiError extends Error {
  readonly reason: Reason;
  readonly code: number;
  readonly details: StatusDetails | undefined;
  /** metadata.continue of an Expired list, from which the client may go on without consistency. */
  readonly resume: string | undefined;

  constructor(
    reason: Reason,
    message: string,
    options: { details?: StatusDetails; code?: number; cause?: unknown; resume?: string } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.reason = reason;
    this.code = options.code ?? reasonCodes[reason];
    this.details = options.details;
    this.resume = options.resume;
  }

  /** The metav1.Status this error is on the wire. */
  status(): Status {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: this.resume === undefined ? {} : { continue: this.resume },
      status: 'Failure',
      message: this.message,
      ...(this.reason === 'Unknown' ? {} : { reason: this.reason }),
      ...(this.details === undefined ? {} : { details: this.details }),
      code: this.code,
    };
  }
}

/** What an error talks about: `resource` is the plural name, `group` empty for the core group. */
export interface About {
  group: string;
  resource: string;
  kind?: string;
}

/** `pods` or `deployments.apps`: how Kubernetes names a resource in messages. */
export function qualified(about: About): string {
  return about.group === '' ? about.resource : `${about.resource}.${about.group}`;
}

function detailsOf(about: About, name: string): StatusDetails {
  return {
    ...(name === '' ? {} : { name }),
    ...(about.group === '' ? {} : { group: about.group }),
    kind: about.resource,
  };
}

/** 404: the object is not there. */
export function notFound(about: About, name: string): ApiError {
  return new ApiError('NotFound', `${qualified(about)} "${name}" not found`, { details: detailsOf(about, name) });
}

/** 409: a create of something that exists. */
export function alreadyExists(about: About, name: string): ApiError {
  return new ApiError('AlreadyExists', `${qualified(about)} "${name}" already exists`, {
    details: detailsOf(about, name),
  });
}

/** 409: a precondition failed or the object changed in between. */
export function conflict(about: About, name: string, why: string): ApiError {
  return new ApiError('Conflict', `Operation cannot be fulfilled on ${qualified(about)} "${name}": ${why}`, {
    details: detailsOf(about, name),
  });
}

/** The text of a lost optimistic lock, as every Kubernetes client knows it. */
export const staleObject =
  'the object has been modified; please apply your changes to the latest version and try again';

/** 403: known, but not allowed. */
export function forbidden(about: About, name: string, why: string): ApiError {
  const subject = name === '' ? `${qualified(about)} is forbidden` : `${qualified(about)} "${name}" is forbidden`;
  return new ApiError('Forbidden', `${subject}: ${why}`, { details: detailsOf(about, name) });
}

/** 400: the request makes no sense. */
export function badRequest(message: string): ApiError {
  return new ApiError('BadRequest', message);
}

/** True when `error` is an ApiError with one of these reasons. */
export function hasReason(error: unknown, ...reasons: Reason[]): error is ApiError {
  return error instanceof ApiError && reasons.includes(error.reason);
}

/** True when the namespace is going away and takes nothing new, which is nobody's failure. */
export function isNamespaceTerminating(error: unknown): boolean {
  const causes = hasReason(error, 'Forbidden') ? error.details?.causes : undefined;
  return causes?.some((one) => one.reason === 'NamespaceTerminating') === true;
}

/** True when the thing asked for is not there. */
export function isNotFound(error: unknown): boolean {
  return hasReason(error, 'NotFound');
}

/** True when somebody else wrote in between; read again and retry. */
export function isConflict(error: unknown): boolean {
  return hasReason(error, 'Conflict');
}

/** True when a create met an object of that name. */
export function isAlreadyExists(error: unknown): boolean {
  return hasReason(error, 'AlreadyExists');
}

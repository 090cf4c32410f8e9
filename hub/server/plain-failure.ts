/** Failures that kube-apiserver answers in plain text: those of its filters and of paths outside the API. */
import { ApiError, type Reason } from '../api/errors.ts';

/** An error whose message is the whole body of the answer. */
export class PlainFailure extends ApiError {
  constructor(reason: Reason, message: string) {
    super(reason, message, { details: {} });
  }
}

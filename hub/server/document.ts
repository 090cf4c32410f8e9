/** Documents outside the resources: discovery, OpenAPI, the keys of the token issuer, metrics. */

/** What a client asked for. */
export interface DocumentRequest {
  /** Escapes resolved, without query. */
  readonly path: string;
  /** The Accept header, empty when there is none. */
  readonly accept: string;
  readonly query: URLSearchParams;
}

/** What was packed by gzip, and how many bytes it is without. */
export interface Packed {
  readonly gzip: Buffer;
  readonly length: number;
}

/** One answer. `etag` goes into the header of that name and is compared with If-None-Match. */
export interface Document {
  readonly contentType: string;
  /** Whole, or packed by gzip: those who take it that way get it without further ado. */
  readonly bytes: Buffer | Packed;
  readonly etag?: string;
  /** True when there is no other form: clients that do not take this content type are refused. */
  readonly only?: boolean;
  /** The value of Cache-Control; without it nobody keeps the document. */
  readonly cache?: string;
  /** Set when there is a newer document at this place instead. */
  readonly movedTo?: string;
  /** More header fields, name and value in turns. */
  readonly headers?: readonly string[];
}

/** Answers some paths. Called for every request of such a path: remembers what is slow to make. Throws ApiError. */
export interface DocumentSource {
  /** Undefined: the path is none of its own. */
  document(request: DocumentRequest): Document | Promise<Document | undefined> | undefined;
}

// What an endpoint of nodeos' HTTP API is, how its parameters are read, and how errors look.

export interface HttpSettings {
  /** Refuse requests whose Host header is not the listener's own address. */
  validateHost: boolean;
  /** Error details in full. */
  verboseErrors: boolean;
  /** The block signing keys that this node knows, by producer. */
  publicKeys: ReadonlyMap<string, string>;
  /** Where create_snapshot writes; without it there are no snapshots. */
  snapshotsFolder?: string;
}

export interface ApiReply {
  status: number;
  value: unknown;
  /** Sent as text of this type instead of as JSON. */
  contentType?: string;
  /** Made before a handler ran. */
  early?: boolean;
}

export interface Endpoint {
  thread: 'http' | 'main';
  parameters: 'none' | 'optional' | 'required';
  answer(parameters: unknown, requests: ReadonlyMap<string, number>): ApiReply;
}

/** An error of the API. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: number;
  readonly errorName: string;
  readonly what: string;
  readonly details: Detail[];
  readonly early: boolean;

  constructor(
    status: number,
    title: string,
    error?: { code: number; name: string; what: string; details: Detail[]; early?: boolean },
  ) {
    super(title);
    this.status = status;
    this.code = error?.code ?? 0;
    this.errorName = error?.name ?? 'exception';
    this.what = error?.what ?? 'unspecified';
    this.details = error?.details ?? [];
    this.early = error?.early ?? false;
  }
}

export interface Detail {
  message: string;
  file: string;
  line_number: number;
  method: string;
}

export function errorReply(error: HttpError): ApiReply {
  const { code, errorName: name, what, details } = error;
  const value = { code: error.status, message: error.message, error: { code, name, what, details } };
  return { status: error.status, value, early: error.early };
}

export function notFound(): HttpError {
  const detail = {
    message: 'Unknown Endpoint',
    file: 'beast_http_session.hpp',
    line_number: 186,
    method: 'handle_request',
  };
  return new HttpError(404, 'Not Found', {
    code: 0,
    name: 'exception',
    what: 'unspecified',
    details: [detail],
    early: true,
  });
}

export function unknownBlock(what: string, line: number, method: string): HttpError {
  const detail = { message: `Could not find block: ${what}`, file: 'chain_plugin.cpp', line_number: line, method };
  return new HttpError(400, 'Unknown Block', {
    code: 3100002,
    name: 'unknown_block_exception',
    what: 'Unknown block',
    details: [detail],
  });
}

/** Source: plugins/http_plugin/include/eosio/http_plugin/http_plugin.hpp, parse_params. */
export function invalidRequest(details: readonly Detail[]): HttpError {
  return new HttpError(400, 'Invalid Request', {
    code: 3200006,
    name: 'invalid_http_request',
    what: 'invalid http request',
    details: [...details],
  });
}

export function parseBody(body: string, parameters: Endpoint['parameters'], verbose: boolean): unknown {
  if (parameters === 'none') {
    if (['', '{}'].includes(body.trim())) return {};
    throw unparsableRequest(detail('no parameter should be given', 271), verbose);
  }
  if (['', '{}'].includes(body.trim())) {
    if (parameters === 'required') throw invalidRequest([detail('A Request body is required', 257)]);
    return {};
  }
  try {
    return JSON.parse(body);
  } catch (error) {
    throw unparsableRequest(
      { message: String(error), file: 'json.cpp', line_number: 98, method: 'stringFromStream' },
      verbose,
    );
  }
}

/** Comes before the detail that tells the cause. */
const unparsable = detail('Unable to parse valid input from POST body', 278);

export function unparsableRequest(cause: Detail, verbose: boolean): HttpError {
  return invalidRequest(verbose ? [unparsable, cause] : [unparsable]);
}

function detail(message: string, line: number): Detail {
  return { message, file: 'http_plugin.hpp', line_number: line, method: 'parse_params' };
}

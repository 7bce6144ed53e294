import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import { DomainError, type FieldError } from './domain-error.js';
import { isUnavailable } from './unavailable.js';

/** RFC 9457, with a stable `code` for programs; `title` is the status in words, as `about:blank` asks. */
export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
  readonly instance?: string;
  readonly errors?: readonly FieldError[];
  readonly [extension: string]: unknown;
}

/** A problem and the header that goes with it. */
export interface ProblemAnswer {
  readonly problem: Problem;
  readonly retryAfterSeconds?: number;
}

/** Time for a restarted PostgreSQL to take connections again. */
const UNAVAILABLE_RETRY_SECONDS = 5;

const CODES: Readonly<Record<number, string>> = {
  400: 'bad_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  406: 'not_acceptable',
  408: 'request_timeout',
  409: 'conflict',
  410: 'gone',
  413: 'body_too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
  422: 'unprocessable',
  429: 'too_many_requests',
  503: 'service_unavailable',
};

/** What Fastify says before a route is reached (fastify.dev/docs/latest/Reference/Errors). */
const FASTIFY_PROBLEMS: Readonly<Record<string, readonly [number, string, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [413, 'body_too_large', 'The body is larger than this route takes.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    415,
    'unsupported_media_type',
    'This route does not take that content type.',
  ],
  FST_ERR_CTP_EMPTY_JSON_BODY: [400, 'malformed_json', 'The body is empty: send a JSON object.'],
  FST_ERR_CTP_INVALID_JSON_BODY: [400, 'malformed_json', 'The body is not valid JSON.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    400,
    'content_length_mismatch',
    'Content-Length and the body differ.',
  ],
  FST_ERR_BAD_URL: [400, 'bad_request', 'The path is not valid.'],
  FST_ERR_MAX_PARAM_LENGTH: [414, 'uri_too_long', 'The path is too long.'],
};

/** What anything thrown becomes for the caller: never more than our own words. */
export function problemOf(error: unknown): ProblemAnswer {
  if (error instanceof DomainError) return fromDomainError(error);
  if (isUnavailable(error)) {
    const detail = 'The service cannot reach its database: try again.';
    return { ...answer(503, { detail }), retryAfterSeconds: UNAVAILABLE_RETRY_SECONDS };
  }
  const [status, code, detail] = FASTIFY_PROBLEMS[fastifyCodeOf(error)] ?? [];
  if (status !== undefined) return answer(status, { code, detail });
  if (error instanceof HttpException) return fromHttpException(error);
  return answer(500, {});
}

function fromDomainError({ status, code, message, details }: DomainError): ProblemAnswer {
  const { errors, extensions, retryAfterSeconds } = details;
  return {
    // Extensions first: they add members, and never replace one of RFC 9457.
    ...answer(status, { ...extensions, code, detail: message, ...(errors && { errors }) }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  };
}

function fromHttpException(error: HttpException): ProblemAnswer {
  const status = error.getStatus();
  const response = error.getResponse();
  const message: unknown =
    typeof response === 'object' ? Reflect.get(response, 'message') : response;
  if (status >= 500) return answer(status, {});
  if (status === 400 && Array.isArray(message)) {
    const errors = message.map((text) => ({ path: '', message: String(text) }));
    return answer(status, {
      code: 'validation_failed',
      detail: 'The request is not valid.',
      errors,
    });
  }
  // The router's own 404 repeats the address, and with it whatever secret stood there.
  if (typeof message !== 'string' || /^Cannot [A-Z]+ /.test(message)) return answer(status, {});
  return answer(status, { detail: message });
}

/** Fastify's code, also below the HttpException that Nest wraps around it. */
function fastifyCodeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && code.startsWith('FST_')) return code;
  return error instanceof HttpException ? fastifyCodeOf(error.cause) : '';
}

function answer(status: number, members: Readonly<Record<string, unknown>>): ProblemAnswer {
  const code = CODES[status] ?? (status >= 500 ? 'internal_error' : 'bad_request');
  const fixed = { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status } as const;
  // Twice: first for the order a reader expects, last so that no member replaces them.
  return { problem: { ...fixed, code, ...members, ...fixed } };
}

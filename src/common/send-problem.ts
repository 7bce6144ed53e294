import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ProblemAnswer } from './problem.js';

/** Answers with the problem document and its headers, unless an answer is already under way. */
export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: ProblemAnswer,
): void {
  // Too late for another answer: Fastify cuts the one under way.
  if (reply.sent) return;
  const { problem, retryAfterSeconds } = answer;
  if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds));
  if (problem.status === 401 && !reply.hasHeader('www-authenticate')) {
    reply.header('www-authenticate', 'Bearer');
  }
  sendDocument(reply, problem.status, documentOf(answer, instanceOf(request)));
}

/** What is sent: the same for every request of a path, as long as nothing in it says more. */
export const documentOf = ({ problem }: ProblemAnswer, instance?: string): string =>
  JSON.stringify({ ...problem, ...(instance && { instance }) });

/** A problem document that was written beforehand. */
export function sendDocument(reply: FastifyReply, status: number, document: string): void {
  reply
    .code(status)
    .header('content-type', 'application/problem+json')
    .header('cache-control', 'no-store')
    // Else Fastify adds a charset, and JSON has none (RFC 8259, section 11). A text leaves in one piece with
    // its headers, bytes would not.
    .serializer(asItIs)
    .send(document);
}

const asItIs = (document: string): string => document;

/** The path without its query, of API routes only: other paths may hold a token. */
function instanceOf(request: FastifyRequest): string | undefined {
  const isOfTheApi = request.routeOptions?.url?.startsWith('/api/') === true;
  return isOfTheApi ? request.url.split('?', 1)[0] : undefined;
}

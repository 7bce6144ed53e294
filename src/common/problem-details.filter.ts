import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { describeError } from './describe-error.js';
import { PlainAnswer } from './plain-answer.js';
import { type Problem, problemOf } from './problem.js';
import { sendProblem } from './send-problem.js';

/**
 * Answers every error as application/problem+json (RFC 9457): those of our code, of Nest, of Fastify
 * before a route is found, and of PostgreSQL. A 5xx is logged here, once, and tells its caller
 * nothing of its cause.
 */
@Catch()
export class ProblemDetailsFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemDetailsFilter.name);

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (error instanceof PlainAnswer) {
      void reply.code(error.getStatus()).headers(error.headers).send(error.getResponse());
      return;
    }
    const answer = problemOf(error);
    if (answer.problem.status >= 500) this.report(error, answer.problem, request);
    sendProblem(request, reply, answer);
  }

  private report(error: unknown, { status, code }: Problem, request: FastifyRequest): void {
    this.logger.error({
      event: 'request_failed',
      msg: `Answered ${status} ${code}`,
      method: request.method,
      // The route's pattern: a path may hold a token.
      route: request.routeOptions?.url,
      status,
      code,
      error: describeError(error),
    });
  }
}

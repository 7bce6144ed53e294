import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { ProblemResponse } from './problem.response.js';

/** Documents the refusals of a route: `@ApiProblems({ 404: 'order_not_found' })`. */
export function ApiProblems(
  codes: Readonly<Record<number, string>>,
): MethodDecorator & ClassDecorator {
  return applyDecorators(
    ApiExtraModels(ProblemResponse),
    ...Object.entries(codes).map(([status, code]) =>
      ApiResponse({
        status: Number(status),
        description: code,
        content: {
          'application/problem+json': { schema: { $ref: getSchemaPath(ProblemResponse) } },
        },
      }),
    ),
  );
}

import { applyDecorators } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { ApiProblems } from './api-problems.decorator.js';

/** Documents the `{id}` of a path: a UUID; what is none is answered 400. */
export const ApiId = (): MethodDecorator & ClassDecorator =>
  applyDecorators(
    ApiParam({ name: 'id', format: 'uuid' }),
    ApiProblems({ 400: 'bad_request: the id is no UUID' }),
  );

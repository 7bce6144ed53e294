import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { bearerToken } from '../common/secret-digest.js';
import { ForbiddenError, UnauthorizedError } from './access.errors.js';
import { ApiKeys } from './api-keys.js';
import { PerRoute } from './per-route.js';
import { Refusals } from './refusals.js';
import { PUBLIC_METADATA, type Role, ROLES_METADATA } from './roles.decorator.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose key came with the request; absent on public routes. */
    role?: Role;
  }
}

/**
 * Stands before every route and denies by default: a route is open to the keys of its `@Roles` or to
 * everybody by `@Public`, and one that says neither is open to nobody. Throws UnauthorizedError (401)
 * without a valid key (429 when that happens too often), ForbiddenError (403) with one of another role.
 */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  private readonly allowed = new PerRoute((...targets) => this.allowedRoles(targets));

  constructor(
    private readonly reflector: Reflector,
    private readonly keys: ApiKeys,
    private readonly refusals: Refusals,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<never> {
    const allowed = this.allowed.of(context);
    if (allowed === 'everybody') return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const key = bearerToken(request.headers.authorization);
    const role = key === null ? null : this.keys.roleOf(key);
    if (role === null) return this.refusals.refuse(request, new UnauthorizedError());
    if (!this.keys.isGranted(role, allowed)) throw new ForbiddenError();
    request.role = role;
    return true;
  }

  /** The method's word before its class's, and on one target the stricter. */
  private allowedRoles(targets: readonly Function[]): readonly Role[] | 'everybody' {
    for (const target of targets) {
      const roles = this.reflector.get<readonly Role[] | undefined>(ROLES_METADATA, target);
      if (roles !== undefined) return roles;
      if (this.reflector.get<boolean | undefined>(PUBLIC_METADATA, target)) return 'everybody';
    }
    return [];
  }
}

import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { ApiKeyGuard } from './api-key.guard.js';
import { ApiKeys } from './api-keys.js';
import { RateLimitGuard } from './rate-limit.guard.js';
import { RateLimits } from './rate-limits.js';
import { Refusals } from './refusals.js';

/** Puts the guards before every route of the application, in this order; needs AppConfigModule. */
@Global()
@Module({
  providers: [
    ApiKeys,
    RateLimits,
    Refusals,
    { provide: APP_GUARD, useClass: ApiKeyGuard },
    { provide: APP_GUARD, useClass: RateLimitGuard },
  ],
  exports: [ApiKeys, Refusals],
})
export class AccessModule {}

import { Injectable } from '@nestjs/common';
import { digestOf, matchingDigests } from '../common/secret-digest.js';
import { AppConfig } from '../config/app-config.js';
import type { Role } from './roles.decorator.js';

const GRANTS: Readonly<Record<Role, readonly Role[]>> = {
  admin: ['admin', 'shop', 'counter'],
  shop: ['shop'],
  counter: ['counter'],
};

/** The keys of the configuration, kept as digests, and what each may do. */
@Injectable()
export class ApiKeys {
  private readonly roles: readonly Role[];
  private readonly digests: readonly Buffer[];

  constructor({ access }: AppConfig) {
    const keys: readonly (readonly [Role, string])[] = [
      ...access.adminKeys.map((key) => ['admin', key] as const),
      ...access.shopKeys.map((key) => ['shop', key] as const),
      ...access.counterKeys.map((key) => ['counter', key] as const),
    ];
    this.roles = keys.map(([role]) => role);
    this.digests = keys.map(([, key]) => digestOf(key));
  }

  /** The role of a key; null for a key that is not ours. Takes the same time for any key. */
  roleOf(key: string): Role | null {
    const [position] = matchingDigests(key, this.digests);
    return position === undefined ? null : (this.roles[position] ?? null);
  }

  /** Whether a role covers one of those a route is open to. */
  isGranted(role: Role, allowed: readonly Role[]): boolean {
    return allowed.some((needed) => GRANTS[role].includes(needed));
  }
}

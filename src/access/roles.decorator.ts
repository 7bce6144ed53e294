import { SetMetadata } from '@nestjs/common';

/** Admin may do what shop and counter may. */
export type Role = 'admin' | 'shop' | 'counter';

export const ROLES_METADATA = 'access:roles';
export const PUBLIC_METADATA = 'access:public';

/** Opens a route, or every route of a controller, to the keys of these roles. */
export const Roles = (...roles: readonly [Role, ...Role[]]): ClassDecorator & MethodDecorator =>
  SetMetadata(ROLES_METADATA, roles);

/** Opens a route to everybody: health, pages, and what checks a signature of its own. */
export const Public = (): ClassDecorator & MethodDecorator => SetMetadata(PUBLIC_METADATA, true);

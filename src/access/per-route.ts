import type { ExecutionContext } from '@nestjs/common';

/**
 * What decorators say of a route, found out once: it does not change while the process runs, and guards
 * ask with every request.
 */
export class PerRoute<T extends object | string | null> {
  private readonly found = new Map<Function, Map<Function, T>>();

  constructor(private readonly find: (handler: Function, controller: Function) => T) {}

  of(context: ExecutionContext): T {
    const handler = context.getHandler();
    const controller = context.getClass();
    const known = this.found.get(handler)?.get(controller);
    return known === undefined ? this.remember(handler, controller) : known;
  }

  /** By both: a controller may inherit a handler of another. */
  private remember(handler: Function, controller: Function): T {
    const found = this.find(handler, controller);
    const ofHandler = this.found.get(handler) ?? new Map<Function, T>();
    this.found.set(handler, ofHandler.set(controller, found));
    return found;
  }
}

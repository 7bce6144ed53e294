import { randomUUID } from 'node:crypto';

/**
 * A UUID of version 7 (RFC 9562): milliseconds since 1970, then 74 random bits. Rows made one after the
 * other lie side by side in every index that begins with such an id, so that a batch of young ones
 * touches a few pages, however many old ones there are; random ids touch a page each.
 */
export function timeOrderedId(): string {
  const instant = Date.now().toString(16).padStart(12, '0');
  return `${instant.slice(0, 8)}-${instant.slice(8)}-7${randomUUID().slice(15)}`;
}

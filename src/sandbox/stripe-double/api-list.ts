import type { FormObject } from './form-body.js';
import { ParameterReader } from './parameter-reader.js';
import { invalidRequest } from './stripe-error.js';

export interface ListPage<T> {
  readonly object: 'list';
  readonly data: T[];
  readonly has_more: boolean;
  readonly url: string;
}

interface Listed {
  readonly id: string;
  readonly created?: number;
}

/** `created=…` or `created[gte]=…` and its sisters, in epoch seconds. */
function createdFilter(params: ParameterReader): (created: number) => boolean {
  if (typeof params.value('created') === 'string') {
    const exact = params.requiredInteger('created');
    return (created) => created === exact;
  }
  const range = params.object('created');
  const [gt, gte, lt, lte] = [
    range.integer('gt'),
    range.integer('gte'),
    range.integer('lt'),
    range.integer('lte'),
  ];
  return (created) =>
    (gt === null || created > gt) &&
    (gte === null || created >= gte) &&
    (lt === null || created < lt) &&
    (lte === null || created <= lte);
}

const indexOf = (items: readonly Listed[], id: string, param: string): number => {
  const index = items.findIndex((item) => item.id === id);
  if (index < 0) throw invalidRequest(`No such object: '${id}'`, 'resource_missing', param);
  return index;
};

/**
 * A page of what is given newest first, by `limit` (1 to 100, default 10), `starting_after`,
 * `ending_before` and `created` (docs.stripe.com/api/pagination).
 */
export function listPage<T extends Listed>(
  items: readonly T[],
  query: FormObject,
  url: string,
): ListPage<T> {
  const params = new ParameterReader(query);
  const limit = params.integer('limit') ?? 10;
  if (limit < 1 || limit > 100) {
    throw invalidRequest('Limit must be between 1 and 100', 'parameter_invalid_integer', 'limit');
  }
  const isWanted = createdFilter(params);
  const wanted = items
    .filter((item) => isWanted(item.created ?? 0))
    // By age, as Stripe lists: what a test made older moves back.
    .toSorted((one, other) => (other.created ?? 0) - (one.created ?? 0));
  const after = params.string('starting_after');
  const before = params.string('ending_before');
  if (before) {
    const end = indexOf(wanted, before, 'ending_before');
    const start = Math.max(0, end - limit);
    return { object: 'list', data: wanted.slice(start, end), has_more: start > 0, url };
  }
  const start = after ? indexOf(wanted, after, 'starting_after') + 1 : 0;
  const data = wanted.slice(start, start + limit);
  return { object: 'list', data, has_more: start + limit < wanted.length, url };
}

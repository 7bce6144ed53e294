/** What a form-encoded Stripe request holds once its brackets are resolved. */
export type FormValue = string | FormValue[] | FormObject;
export interface FormObject {
  [name: string]: FormValue;
}

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/** `line_items[0][price_data][currency]` gives its four names; an empty pair of brackets an empty name. */
function namesOf(key: string): string[] {
  const bracket = key.indexOf('[');
  if (bracket < 1) return [key];
  return [
    key.slice(0, bracket),
    ...[...key.slice(bracket).matchAll(/\[([^\]]*)\]/g)].map((m) => m[1] ?? ''),
  ];
}

function put(target: FormObject, names: readonly string[], value: string): void {
  const [first = '', ...rest] = names;
  // `a[]=x&a[]=y` counts up, as if the caller had written a[0] and a[1].
  const name = first === '' ? String(Object.keys(target).length) : first;
  if (FORBIDDEN.has(name)) return;
  if (rest.length === 0) {
    target[name] = value;
    return;
  }
  const child = target[name];
  const object: FormObject = typeof child === 'object' && !Array.isArray(child) ? child : {};
  target[name] = object;
  put(object, rest, value);
}

/** Objects whose names are 0, 1, 2 … become lists. */
function withLists(value: FormValue): FormValue {
  if (typeof value === 'string' || Array.isArray(value)) return value;
  const entries = Object.entries(value).map(([name, child]) => [name, withLists(child)] as const);
  const isList = entries.length > 0 && entries.every(([name], index) => name === String(index));
  return isList ? entries.map(([, child]) => child) : Object.fromEntries(entries);
}

/** Decodes `application/x-www-form-urlencoded` with nested brackets (docs.stripe.com/api?lang=curl). */
export function parseFormBody(body: string): FormObject {
  const flat: FormObject = {};
  for (const [key, value] of new URLSearchParams(body)) put(flat, namesOf(key), value);
  return Object.fromEntries(Object.entries(flat).map(([name, value]) => [name, withLists(value)]));
}

/** The same parameters always give the same text, whatever the order they were sent in. */
export function canonical(value: FormValue): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const names = Object.keys(value).toSorted();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name] ?? '')}`).join()}}`;
}

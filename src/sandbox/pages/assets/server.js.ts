/** Calls the API as a storefront, an admin or the counter would. */
export const SERVER_JS = String.raw`import { toast } from './dom.js';

const POLL_MS = 1000;
let keys = {};

/** The sandbox's public keys; where the shop has keys of its own, one must be entered. */
export const keyOf = (role) => keys[role] ?? sessionStorage.getItem('api-key') ?? '';
export const needsKey = () => keys.shop === null || keys.admin === null;
export const keepKey = (key) => sessionStorage.setItem('api-key', key);

/** Throws an Error whose message is the problem's own. */
export async function call(method, path, options = {}) {
  const { role, body, headers } = options;
  const answer = await fetch(path, {
    method,
    headers: {
      ...(role ? { authorization: 'Bearer ' + keyOf(role) } : {}),
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...headers,
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const json = answer.status === 204 ? null : await answer.json().catch(() => null);
  if (answer.ok) return json;
  const details = (json?.errors ?? []).map(({ path: at, message }) => at + ' ' + message);
  const failure = new Error([json?.detail ?? 'The server answered ' + answer.status, ...details].join(' '));
  failure.problem = json;
  throw failure;
}

/** Runs an action of a button: locked meanwhile, its failure told. */
export async function act(button, work) {
  button.disabled = true;
  try {
    return await work();
  } catch (error) {
    toast(error.message, true);
    return undefined;
  } finally {
    button.disabled = false;
    refresh();
  }
}

export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

let number = null;
let show = () => undefined;
let timer;
let asked = 0;

export function chooseNumber(chosen) {
  number = chosen;
  refresh();
}

/** Asks for the state each second and shows it; rests while nobody looks. */
export function watch(onState) {
  show = onState;
  document.addEventListener('visibilitychange', () => { if (!document.hidden) refresh(); });
  refresh();
}

export async function refresh() {
  clearTimeout(timer);
  const turn = (asked += 1);
  try {
    const state = await call('GET', '/sandbox/state' + (number ? '?number=' + encodeURIComponent(number) : ''));
    if (turn !== asked) return;
    keys = state.keys;
    show(state, null);
  } catch (error) {
    if (turn === asked) show(null, error);
  }
  if (turn === asked && !document.hidden) timer = setTimeout(refresh, POLL_MS);
}
`;

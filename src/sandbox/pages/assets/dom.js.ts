/** Builds elements, shows money and times. */
export const DOM_JS = String.raw`/** An element with attributes (onclick and the like are listeners) and children; text is never HTML. */
export function h(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name === 'value') node.value = value;
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Minor units. */
export function money(amount, currency) {
  const format = new Intl.NumberFormat('en-IE', { style: 'currency', currency: currency.toUpperCase() });
  return format.format(amount / 10 ** format.resolvedOptions().maximumFractionDigits);
}

const HOURS = new Intl.DateTimeFormat('fr-FR', { hour: '2-digit', minute: '2-digit' });
export const clockTime = (iso) => HOURS.format(new Date(iso));

const DAYS = new Intl.DateTimeFormat('en-GB', { day: '2-digit', month: 'short', hour: '2-digit', minute: '2-digit' });
export const dayTime = (iso) => DAYS.format(new Date(iso));

/** 22 h 05 min; null when it is over. */
export function timeLeft(iso, now) {
  const minutes = Math.floor((new Date(iso) - new Date(now)) / 60000);
  if (minutes < 0) return null;
  const rest = String(minutes % 60).padStart(2, '0') + ' min';
  return minutes >= 60 ? Math.floor(minutes / 60) + ' h ' + rest : minutes + ' min';
}

/** Replaces the children only when what they show has changed; answers whether it did. */
export function redraw(node, seen, draw) {
  const key = JSON.stringify(seen);
  if (node.dataset.seen === key) return false;
  node.dataset.seen = key;
  node.replaceChildren(...[draw()].flat(Infinity));
  return true;
}

let hiding;
export function toast(text, isFault) {
  const node = document.getElementById('toast');
  node.textContent = text;
  node.className = isFault ? 'toast fault' : 'toast';
  node.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => { node.hidden = true; }, isFault ? 7000 : 4000);
}
`;

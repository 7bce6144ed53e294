/** The order form: a real call to POST /api/orders. */
export const SHOP_JS = String.raw`import { h, money, redraw, toast } from './dom.js';
import { act, call, keepKey, keyOf, needsKey, newKey } from './server.js';

const FIRST_CHOICE = 'MICHELIN-P4-2055516';
const quantities = new Map([[FIRST_CHOICE, 2]]);
const customer = { phoneNumber: '0690 12 34 56', firstName: 'Aline', email: 'aline@example.com', locale: 'fr' };
let products = [];
/** One key an order: pressing again after a failure repeats the same order, it does not place another. */
let idempotencyKey = newKey();

/** Tyres first, the one of every example before them. */
const rank = ({ sku, model }) => (sku === FIRST_CHOICE ? 0 : /\d{3}\/\d{2} R\d{2}/.test(model) ? 1 : 2);
const chosen = () => products.filter(({ sku }) => quantities.get(sku) > 0);
const total = () => chosen().reduce((sum, { sku, unitAmount }) => sum + unitAmount * quantities.get(sku), 0);
const body = () => ({
  customer: Object.fromEntries(Object.entries(customer).filter(([, value]) => value !== '')),
  items: chosen().map(({ sku }) => ({ sku, quantity: quantities.get(sku) })),
});
const quoted = (text) => "'" + text.replaceAll("'", "'\\''") + "'";

function curl() {
  return [
    'curl -X POST ' + location.origin + '/api/orders',
    "  -H 'Authorization: Bearer " + (keyOf('shop') || '<key>') + "'",
    "  -H 'Idempotency-Key: " + idempotencyKey + "'",
    "  -H 'Content-Type: application/json'",
    '  -d ' + quoted(JSON.stringify(body())),
  ].join(' \\\n');
}

/** The form in root; onPlaced is told the order. */
export function createShop(root, onPlaced) {
  const list = h('ul', { class: 'products', 'data-testid': 'products' });
  const keyField = h('label', { class: 'wide', hidden: true }, 'API key of this installation',
    h('input', { type: 'password', autocomplete: 'off', oninput: (event) => keepKey(event.target.value) }));
  const button = h('button', { type: 'submit', class: 'go', disabled: true, 'data-testid': 'place-order' }, 'Loading the catalogue…');
  const command = h('pre', { tabindex: 0 });

  const changed = () => {
    idempotencyKey = newKey();
    draw();
  };
  const step = (sku, by) => {
    quantities.set(sku, Math.max(0, (quantities.get(sku) ?? 0) + by));
    changed();
  };
  const row = (product) => {
    const { sku, brand, model, unitAmount, currency, stock } = product;
    const quantity = quantities.get(sku) ?? 0;
    return h('li', { class: quantity > 0 ? 'chosen' : null, 'data-testid': 'product', 'data-sku': sku },
      h('div', { class: 'what' }, h('p', null, h('b', null, brand), ' ' + model),
        h('small', null, h('span', { class: 'price' }, money(unitAmount, currency)), ' · ' + stock + ' in stock')),
      h('div', { class: 'stepper' },
        h('button', { type: 'button', disabled: quantity === 0, 'aria-label': 'One less: ' + brand + ' ' + model, onclick: () => step(sku, -1) }, '−'),
        h('output', null, String(quantity)),
        h('button', { type: 'button', disabled: quantity >= stock, 'aria-label': 'One more: ' + brand + ' ' + model, 'data-testid': 'more', onclick: () => step(sku, 1) }, '+')));
  };
  const draw = () => {
    const focused = document.activeElement?.getAttribute('aria-label');
    redraw(list, [products, [...quantities]], () => products.map(row));
    if (focused) [...list.querySelectorAll('button')].find((node) => node.getAttribute('aria-label') === focused)?.focus();
    const items = chosen();
    button.disabled = items.length === 0;
    button.textContent = items.length === 0 ? 'Choose a product' : 'Place order · ' + money(total(), items[0].currency);
    command.textContent = curl();
    keyField.hidden = !needsKey();
  };
  const field = (name, label, type, wide) => h('label', { class: wide ? 'wide' : null }, label,
    h('input', { type, value: customer[name], 'data-testid': 'field-' + name, autocomplete: 'off', oninput: (event) => { customer[name] = event.target.value.trim(); changed(); } }));
  const language = h('label', null, 'Language',
    h('select', { 'data-testid': 'field-locale', onchange: (event) => { customer.locale = event.target.value; changed(); } },
      h('option', { value: 'fr' }, 'Français'), h('option', { value: 'en' }, 'English')));

  const place = (event) => {
    event.preventDefault();
    void act(button, async () => {
      const order = await call('POST', '/api/orders', { role: 'shop', body: body(), headers: { 'idempotency-key': idempotencyKey } });
      idempotencyKey = newKey();
      toast('Order ' + order.orderNumber + ' placed');
      onPlaced(order);
    }).then(draw);
  };
  root.replaceChildren(h('h2', null, 'Place an order'),
    h('form', { onsubmit: place },
      list,
      h('h3', null, 'Customer'),
      h('div', { class: 'fields' },
        field('phoneNumber', 'Phone', 'tel'), field('firstName', 'First name', 'text'),
        field('email', 'E-mail', 'text'), language, keyField),
      h('div', { class: 'checkout' }, button)),
    h('details', { class: 'curl' }, h('summary', null, 'The same with curl'), command));
  return (state) => {
    products = state.products.toSorted((one, other) => rank(one) - rank(other));
    draw();
  };
}
`;

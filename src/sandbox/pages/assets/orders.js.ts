/** The orders and what can be done to them. */
export const ORDERS_JS = String.raw`import { dayTime, h, money, redraw, timeLeft, toast } from './dom.js';
import { act, call } from './server.js';

const BADGES = {
  pending: ['wait', 'Waiting for payment'],
  processing: ['info', 'Bank is working on it'],
  confirmed: ['good', 'Paid'],
  picked_up: ['good', 'Picked up'],
  cancelled: ['bad', 'Cancelled'],
};
const REASONS = { payment_link_expired: 'link expired', cancelled_by_shop: 'by the shop' };

function badge({ status, paymentStatus, cancelReason }, disputed) {
  const [kind, label] = BADGES[status === 'pending' && paymentStatus === 'processing' ? 'processing' : status];
  const reason = status === 'cancelled' && cancelReason ? ': ' + (REASONS[cancelReason] ?? cancelReason) : '';
  const refunded = paymentStatus.endsWith('refunded') ? ', ' + paymentStatus.replace('_', ' ') : '';
  return h('span', { class: 'badge ' + (disputed || paymentStatus === 'refunded' ? 'bad' : kind), 'data-testid': 'status', 'data-status': status, 'data-payment-status': paymentStatus }, label + reason + refunded + (disputed ? ', disputed' : ''));
}

const button = (name, label, work, extra) => h('button', {
  type: 'button', 'data-testid': name, ...extra,
  onclick: (event) => void act(event.currentTarget, work),
}, label);

/** What can still happen to money that is there. */
function moneyActions({ id, paymentStatus }, disputed) {
  if (paymentStatus !== 'paid' && paymentStatus !== 'partially_refunded') return null;
  const say = (word) => () => call('POST', '/sandbox/orders/' + id + '/dispute', { body: { word } });
  if (disputed) {
    return h('div', { class: 'actions' },
      button('dispute-won', 'Bank decides: won', say('won'), { title: 'The shop keeps the money; the pickup code works again' }),
      button('dispute-lost', 'Bank decides: lost', say('lost'), { class: 'danger', title: 'The customer gets the money; the pickup code stays dead' }));
  }
  return h('div', { class: 'actions' },
    button('refund', 'Refund', () => call('POST', '/api/orders/' + id + '/refunds', { role: 'admin', body: {} }), { class: 'danger', title: 'Gives back all that is left' }),
    disputed === false ? button('dispute', 'Dispute', say('opened'), { title: 'The customer’s bank asks for the money back, as days after a stolen card was used' }) : null);
}

function actions(order, doubles, disputed) {
  if (order.status !== 'pending') return moneyActions(order, doubles.stripe ? disputed : null);
  const age = (minutes) => call('POST', '/sandbox/orders/' + order.id + '/age', { body: { minutes } });
  return h('div', { class: 'actions' },
    order.paymentUrl ? h('a', { class: 'pay', href: order.paymentUrl, target: '_blank', rel: 'noopener', 'data-testid': 'pay' }, 'Pay') : null,
    button('age', 'Age by 1 hour', () => age(60), { title: 'Moves the order and its link one hour into the past, then runs the reminder job' }),
    button('remind', 'Remind now', async () => {
      await call('POST', '/api/orders/' + order.id + '/reminders', { role: 'admin' });
      toast('Reminder of ' + order.orderNumber + ' sent');
    }),
    doubles.stripe ? button('expire', 'Expire', () => call('POST', '/sandbox/orders/' + order.id + '/expire'), { title: 'Stripe ends the link now, as after 24 hours' }) : null,
    button('cancel', 'Cancel', () => call('POST', '/api/orders/' + order.id + '/cancel', { role: 'admin', body: { reason: 'cancelled_by_shop' } }), { class: 'danger' }));
}

const CHANNELS = { whatsapp: 'WhatsApp', email: 'e-mail', sms: 'SMS' };

/** "Payment reminder by WhatsApp: read", "Order confirmed". */
function sentence({ type, data }) {
  const words = type.replace('message.', '').replace(/[._]/g, ' ').replace(/\bqr\b/, 'QR code');
  const told = data.channel ? ' by ' + CHANNELS[data.channel] + ': ' + (data.deliveryStatus ?? data.status) : '';
  return words[0].toUpperCase() + words.slice(1) + told;
}

function timeline(order) {
  const entries = h('ol', null);
  const load = async (event) => {
    if (!event.target.open) return;
    const { data } = await call('GET', '/api/orders/' + order.id + '/timeline', { role: 'admin' }).catch((error) => {
      toast(error.message, true);
      return { data: [] };
    });
    entries.replaceChildren(...data.map((entry) => h('li', null,
      h('time', { datetime: entry.at }, dayTime(entry.at)),
      h('span', null, sentence(entry)))));
  };
  return h('details', { class: 'timeline', ontoggle: load }, h('summary', null, 'Timeline'), entries);
}

function card(order, latest, doubles, disputed) {
  const { orderNumber, items, totalAmount, currency, customer, reminderSent, paymentExpiresAt, createdAt } = order;
  return h('article', { class: latest ? 'order latest' : 'order', 'data-testid': 'order', 'data-id': order.id },
    h('header', null, h('b', { 'data-testid': 'order-number' }, orderNumber), badge(order, disputed)),
    h('ul', { class: 'lines' }, items.map(({ quantity, brand, model }) => h('li', null, quantity + ' × ' + brand + ' ' + model))),
    h('div', { class: 'facts' },
      h('strong', null, money(totalAmount, currency)),
      h('span', null, [customer.firstName, customer.phoneNumber].filter(Boolean).join(', ')),
      h('span', null, 'placed ' + dayTime(createdAt)),
      paymentExpiresAt ? h('span', { 'data-ends': paymentExpiresAt, 'data-testid': 'time-left' }) : null,
      reminderSent ? h('span', { 'data-testid': 'reminded' }, '🔔 reminder sent') : null),
    actions(order, doubles, disputed),
    timeline(order));
}

/** The list in root; answers what shows a state. */
export function createOrders(root) {
  const list = h('div', { 'data-testid': 'orders' });
  root.replaceChildren(h('h2', null, 'Orders'), list);
  const cards = new Map();
  return ({ orders, doubles, disputed, now }) => {
    redraw(list, [orders, doubles, disputed], () => {
      if (orders.length === 0) return h('div', { class: 'empty' }, h('span', null, '📋'), 'Orders appear here, with their live state.');
      // An order that has not changed keeps its card, and with it an open timeline.
      return orders.map((order, index) => {
        const isDisputed = disputed.includes(order.id);
        const key = JSON.stringify([order, index === 0, doubles, isDisputed]);
        const kept = cards.get(order.id);
        if (kept?.key === key) return kept.node;
        const node = card(order, index === 0, doubles, isDisputed);
        if (kept?.node.querySelector('details').open) node.querySelector('details').open = true;
        cards.set(order.id, { key, node });
        return node;
      });
    });
    for (const node of list.querySelectorAll('[data-ends]')) {
      const left = timeLeft(node.dataset.ends, now);
      node.textContent = left === null ? 'link has ended' : 'link ends in ' + left;
    }
  };
}
`;

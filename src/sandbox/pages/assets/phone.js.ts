/** The conversation, as WhatsApp shows it. */
export const PHONE_JS = String.raw`import { clockTime, h, redraw, toast } from './dom.js';
import { createMailbox } from './mailbox.js';
import { act, call, chooseNumber } from './server.js';

const TICKS = { sent: '✓', delivered: '✓✓', read: '✓✓' };
const RICH = /(https?:\/\/[^\s]+)|(?<![\w*])\*([^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])|(?<![\w_])_([^\s_](?:[^_\n]*[^\s_])?)_(?![\w_])/g;

/** Links, *bold* and _italic_, as WhatsApp writes them. */
function rich(text) {
  const parts = [];
  let at = 0;
  for (const match of text.matchAll(RICH)) {
    const [all, url, bold, italic] = match;
    parts.push(text.slice(at, match.index));
    if (url) parts.push(h('a', { href: url, target: '_blank', rel: 'noopener', 'data-testid': 'link' }, url));
    else parts.push(bold ? h('b', null, bold) : h('em', null, italic));
    at = match.index + all.length;
  }
  parts.push(text.slice(at));
  return parts;
}

function status(message) {
  if (message.inbound) return null;
  if (message.status === 'failed' || message.status === 'undelivered') {
    return h('span', { class: 'undelivered' }, 'Not delivered' + (message.errorCode ? ' (' + message.errorCode + ')' : ''));
  }
  const label = TICKS[message.status] ? message.status : 'on its way';
  return h('span', { class: 'ticks ' + message.status, title: label, 'aria-label': label }, TICKS[message.status] ?? '🕓');
}

/** The counter's side: reads the code from the picture, then hands it in as a real counter does. */
async function scan(button, message) {
  await act(button, async () => {
    const { token } = await call('POST', '/sandbox/scans', { body: { messageId: message.id, picture: 0 } });
    const { order } = await call('POST', '/api/pickups', { role: 'counter', body: { token } });
    toast('Order ' + order.orderNumber + ' handed over');
  });
}

const picture = (message, index) => h('img', {
  class: 'qr', src: '/sandbox/media/' + message.id + '/' + index, alt: 'Picture of the message', width: 300, height: 300, 'data-testid': 'qr',
});

function bubble(message) {
  const isCode = message.media.length > 0 && !message.inbound;
  return h('article', { class: 'bubble' + (message.inbound ? ' own' : ''), 'data-testid': 'message', 'data-id': message.id },
    message.media.map((_type, index) => picture(message, index)),
    isCode ? h('button', { type: 'button', class: 'scan', 'data-testid': 'scan', onclick: (event) => scan(event.currentTarget, message) }, 'Scan at the counter') : null,
    h('div', { class: 'text' }, rich(message.text)),
    h('footer', null,
      message.channel === 'sms' ? h('span', { class: 'sms' }, 'SMS') : null,
      h('time', { datetime: message.at }, clockTime(message.at)),
      status(message)));
}

/** The end, but never past the beginning of the last message: a long one is read from its top. */
const restOf = (chat) => {
  const end = chat.scrollHeight - chat.clientHeight;
  const last = chat.lastElementChild;
  return last ? Math.max(0, Math.min(end, last.offsetTop - chat.offsetTop - 12)) : 0;
};
const rest = (chat) => { chat.scrollTop = restOf(chat); };
const isAtRest = (chat) => chat.scrollTop > restOf(chat) - 60;

/** Draws messages that are new or have changed, and follows the end only for who was there. */
function showChat(chat, { messages, number }, isReplaced) {
  const follow = isAtRest(chat) || chat.dataset.number !== String(number);
  if (chat.dataset.number !== String(number)) chat.replaceChildren();
  chat.dataset.number = String(number);
  if (messages.length === 0) {
    redraw(chat, isReplaced, () => h('p', { class: 'quiet' }, isReplaced ? 'No message yet. Place an order: its payment link arrives here.' : 'Messages go through Twilio itself: look at the customer’s own phone.'));
    return;
  }
  if (chat.dataset.seen) {
    delete chat.dataset.seen;
    chat.replaceChildren();
  }
  const known = new Map([...chat.children].map((node) => [node.dataset.id, node]));
  let grown = false;
  for (const message of messages) {
    const key = JSON.stringify(message);
    const old = known.get(message.id);
    known.delete(message.id);
    if (old?.dataset.key === key) continue;
    const fresh = bubble(message);
    fresh.dataset.key = key;
    if (old) {
      fresh.style.animation = 'none';
      old.replaceWith(fresh);
    } else {
      chat.append(fresh);
      grown = true;
    }
  }
  for (const gone of known.values()) gone.remove();
  if (follow && grown) rest(chat);
}

/** Shows the last message; for a phone that was hidden while it arrived. */
export const restPhone = () => rest(document.querySelector('.chat'));

const spaced = (number) => number.replace(/^\+(590|596|594|262|33)(\d{1,3})(\d{2})(\d{2})(\d{2})$/, '+$1 $2 $3 $4 $5');

/** The phone in root; answers what shows a state. */
export function createPhone(root) {
  const shop = document.body.dataset.shop;
  const owner = h('div', null);
  const chat = h('div', { class: 'chat', 'data-testid': 'chat', role: 'log', tabindex: 0, 'aria-label': 'WhatsApp conversation' });
  const mailbox = createMailbox();
  const tab = (name, label, view) => h('button', { type: 'button', role: 'tab', 'data-testid': 'tab-' + name, 'aria-selected': 'false', onclick: () => open(view) }, label, h('i', null, '0'));
  const tabs = [tab('whatsapp', 'WhatsApp', 0), tab('email', 'E-mail', 1)];
  const open = (view) => {
    tabs.forEach((node, index) => node.setAttribute('aria-selected', String(index === view)));
    chat.hidden = view !== 0;
    mailbox.node.hidden = view !== 1;
    if (view === 0) rest(chat);
  };
  root.replaceChildren(h('div', { class: 'phone', 'data-testid': 'phone' },
    h('div', { class: 'bar' },
      h('span', { class: 'avatar' }, h('img', { src: '/sandbox/assets/icon.svg', alt: '', width: 30, height: 30 })),
      owner),
    h('div', { role: 'tablist', 'aria-label': 'Inbox' }, tabs),
    chat, mailbox.node));
  open(0);
  return (state) => {
    const { phone } = state;
    redraw(owner, [phone.number, phone.numbers], () => [h('b', null, shop), ownerOf(phone)]);
    tabs[0].lastChild.textContent = phone.messages.length;
    tabs[1].lastChild.textContent = phone.mails.length;
    showChat(chat, phone, state.doubles.twilio);
    mailbox.show(phone.mails, state.doubles.mail);
  };
}

function ownerOf({ number, numbers }) {
  if (number === null) return h('small', null, 'The customer’s phone');
  if (numbers.length < 2) return h('small', { 'data-testid': 'number' }, 'on the phone of ' + spaced(number));
  const choices = [...new Set([number, ...numbers])].sort();
  return h('select', { 'aria-label': 'Whose phone', value: number, onchange: (event) => chooseNumber(event.target.value) },
    choices.map((one) => h('option', { value: one, selected: one === number }, 'on the phone of ' + spaced(one))));
}
`;

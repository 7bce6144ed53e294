/** Puts the page together: the panels, the guide above them, the views of a small screen. */
export const SANDBOX_JS = String.raw`import { toast } from './dom.js';
import { createOrders } from './orders.js';
import { createPhone, restPhone } from './phone.js';
import { chooseNumber, watch } from './server.js';
import { createShop } from './shop.js';

const hint = document.getElementById('hint');
const steps = [...document.getElementById('steps').children];
const unread = document.getElementById('unread');

function open(view) {
  document.body.dataset.view = view;
  for (const tab of document.querySelectorAll('.tabs button')) {
    if (tab.dataset.view === view) tab.setAttribute('aria-current', 'true');
    else tab.removeAttribute('aria-current');
  }
  if (view === 'phone') {
    unread.hidden = true;
    restPhone();
  } else {
    window.scrollTo(0, 0);
  }
}
for (const tab of document.querySelectorAll('.tabs button')) tab.addEventListener('click', () => open(tab.dataset.view));

/** The step that is next and what to do for it. */
function next(order, disputed) {
  if (!order) return [0, 'Choose a tyre and press Place order. Everything behind the button is the real application; only Stripe, Twilio and the mail server are simulated on this machine.'];
  const { status, paymentStatus, reminderSent, paymentUrl, cancelReason } = order;
  if (status === 'pending' && paymentStatus === 'processing') return [1, 'A payment is on its way at the bank.'];
  if (status === 'pending' && !paymentUrl) return [1, 'The payment link is being made. It arrives on the phone in a moment.'];
  if (status === 'pending' && reminderSent) return [1, 'The reminder is on the phone. Pay through its link with 4242 4242 4242 4242, or press Expire to let the link end.'];
  if (status === 'pending') return [1, 'The payment link is on the phone: open it and pay with 4242 4242 4242 4242. Or leave it unpaid: Age by 1 hour brings the reminder.'];
  if (status === 'confirmed' && paymentStatus === 'refunded') return [2, 'Refunded: the QR code is worth nothing any more, the tyres are on sale again, and the customer was told.'];
  if (disputed.includes(order.id)) return [2, 'Disputed: the counter hands nothing over until the bank has decided.'];
  if (status === 'confirmed') return [2, 'Paid. The thank-you and the pickup QR code are on the phone, the receipt is in E-mail. Press Scan at the counter below the QR code.'];
  if (status === 'picked_up') return [3, 'Done: ordered, paid, collected. Scan the code again to see it refused, or place another order and leave it unpaid.'];
  return [0, (cancelReason === 'payment_link_expired' ? 'The link has ended' : 'Cancelled') + ': the stock is free again and the customer was told. Place another order to go on.'];
}

function guide([step, text]) {
  steps.forEach((node, index) => { node.className = index < step ? 'done' : index === step ? 'now' : ''; });
  if (hint.textContent !== text) hint.textContent = text;
}

const showPhone = createPhone(document.getElementById('phone'));
const showOrders = createOrders(document.getElementById('orders'));
const showShop = createShop(document.getElementById('shop'), ({ customer }) => {
  chooseNumber(customer.phoneNumber);
  if (matchMedia('(max-width: 759px)').matches) open('phone');
});

let count = null;
watch((state, error) => {
  if (error) {
    hint.textContent = error.message === 'Failed to fetch' ? 'The application does not answer. Is it still running?' : error.message;
    return;
  }
  guide(next(state.orders[0], state.disputed));
  showShop(state);
  showOrders(state);
  showPhone(state);
  const arrived = state.phone.messages.length + state.phone.mails.length;
  if (count !== null && arrived > count && document.body.dataset.view !== 'phone') unread.hidden = false;
  count = arrived;
});
open('shop');
addEventListener('unhandledrejection', ({ reason }) => toast(reason?.message ?? 'Something went wrong', true));
`;

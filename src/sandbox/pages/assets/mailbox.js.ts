export const MAILBOX_JS = String.raw`import { clockTime, h, redraw } from './dom.js';

/** The customer's mailbox: a list, and the e-mail that was opened. */
export function createMailbox() {
  const node = h('div', { class: 'mailbox', 'data-testid': 'mailbox' });
  let opened = null;
  let last = [];
  let isReplaced = true;

  const open = (mail) => {
    opened = mail;
    draw();
  };
  const list = () => last.length === 0
    ? h('p', { class: 'quiet' }, isReplaced ? 'No e-mail yet.' : 'E-mail goes through a real server, or is switched off.')
    : last.map((mail) => h('button', { type: 'button', class: 'mail', 'data-testid': 'mail', onclick: () => open(mail) },
      h('span', null, mail.to, h('time', { datetime: mail.at }, clockTime(mail.at))),
      h('b', null, mail.subject)));
  // No scripts run in there; the same origin only lets the page be measured and its links open.
  const letter = () => h('div', { class: 'opened' },
    h('header', null,
      h('button', { type: 'button', onclick: () => open(null) }, '← Inbox'),
      h('b', null, opened.subject)),
    h('iframe', { src: '/sandbox/mails/' + opened.id, title: opened.subject, 'data-testid': 'mail-body', sandbox: 'allow-same-origin allow-popups allow-popups-to-escape-sandbox' }));
  const draw = () => redraw(node, [opened?.id, opened ? null : last, isReplaced], () => (opened ? letter() : list()));

  return {
    node,
    show(mails, replaced) {
      last = mails;
      isReplaced = replaced;
      draw();
    },
  };
}
`;

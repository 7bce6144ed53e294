import { formatAmount } from '../../common/money.js';
import { CHECKOUT_STYLE } from './checkout-page.style.js';
import type { SessionRecord } from './ledger.js';
import { findTestCard, lastFour, TEST_CARDS } from './test-cards.js';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escape = (text: string): string => text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);

const DEFAULT_CARD = TEST_CARDS[0]?.number ?? '';

const spaced = (number: string): string => number.replace(/(\d{4})(?=\d)/g, '$1 ');

const document = (title: string, body: string): string => `<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escape(title)}</title>
<link rel="icon" href="data:,">
<style>${CHECKOUT_STYLE}</style>
</head>
<body>
<div class="test" data-testid="sandbox-banner">MODE TEST : page de paiement simulée, aucun argent n’est débité</div>
${body}
</body>
</html>`;

const money = (amount: number | null, currency: string | null): string =>
  escape(formatAmount(amount ?? 0, currency ?? 'eur', 'fr'));

const items = ({ lineItems }: SessionRecord): string =>
  lineItems
    .map((item) => {
      const each =
        (item.quantity ?? 1) > 1
          ? `<small>${item.quantity} × ${money(item.price?.unit_amount ?? 0, item.currency)}</small>`
          : '';
      return `<li><span>${escape(item.description ?? '')}${each}</span><b>${money(item.amount_total, item.currency)}</b></li>`;
    })
    .join('\n');

const cardButtons = (chosen: string): string =>
  TEST_CARDS.map(
    (card) =>
      `<button type="button" data-card="${spaced(card.number)}" data-testid="card-${card.number}" aria-pressed="${card.number === chosen}" title="${spaced(card.number)}">${escape(card.label)}</button>`,
  ).join('\n');

const otherMethods = ({ session }: SessionRecord): string => {
  const button = (method: string, label: string): string =>
    `<button class="other" id="pay-${method}" data-testid="pay-${method}" name="method" value="${method}" formnovalidate>${label}</button>`;
  const types = session.payment_method_types;
  return [
    types.includes('alma') ? button('alma', 'Payer en 4 fois avec Alma') : '',
    types.includes('sepa_debit') ? button('sepa', 'Payer par prélèvement SEPA') : '',
  ].join('');
};

/** Fills the field from a test card's button; the form works without it. */
const SCRIPT = `
for (const button of document.querySelectorAll('[data-card]')) button.addEventListener('click', () => {
  document.getElementById('card-number').value = button.dataset.card;
  for (const other of document.querySelectorAll('[data-card]')) other.setAttribute('aria-pressed', String(other === button));
});
document.getElementById('checkout').addEventListener('submit', () => {
  const pay = document.getElementById('pay');
  pay.textContent = 'Paiement en cours…';
  setTimeout(() => { pay.disabled = true; }, 0);
});`;

/** `alert` says in French why the last try failed. */
export function paymentPage(
  appName: string,
  record: SessionRecord,
  alert: string | null,
  typed = DEFAULT_CARD,
): string {
  const number = typed.replace(/\s/g, '');
  const { session } = record;
  const total = money(session.amount_total, session.currency);
  const back = session.cancel_url
    ? `<a href="${escape(session.cancel_url)}" id="back" data-testid="back">← Retour</a>`
    : '';
  return document(
    `Paiement, ${appName}`,
    `<main class="split">
<section class="summary">
${back}
<p class="shop">Payer ${escape(appName)}</p>
<p class="total" data-testid="total">${total}</p>
<ul class="items" data-testid="items">${items(record)}</ul>
</section>
<section class="pay">
<h1>Payer par carte</h1>
${alert === null ? '' : `<p class="alert" id="error" role="alert" data-testid="error">${escape(alert)}</p>`}
<form method="post" action="/c/pay/${session.id}" id="checkout">
<label for="card-number">Numéro de carte</label>
<input id="card-number" data-testid="card-number" name="number" value="${escape(spaced(number))}" inputmode="numeric" autocomplete="off" required>
<div class="row">
<div><label for="expiry">Expiration</label><input id="expiry" name="expiry" value="12 / 34" inputmode="numeric" autocomplete="off"></div>
<div><label for="cvc">Cryptogramme</label><input id="cvc" name="cvc" value="123" inputmode="numeric" autocomplete="off"></div>
</div>
<button class="go" id="pay" data-testid="pay">Payer ${total}</button>
${otherMethods(record)}
<label class="lost"><input type="checkbox" name="lost" data-testid="lost"> Perdre le webhook : la boutique demande elle-même à Stripe, deux minutes plus tard au plus</label>
<div class="cards"><h2>Cartes de test</h2><div>${cardButtons(number)}</div></div>
</form>
<p class="secured">Simulateur local de Stripe Checkout</p>
</section>
</main>
<script>${SCRIPT}</script>`,
  );
}

/** The page of the customer's bank. */
export function challengePage(appName: string, record: SessionRecord): string {
  const { session } = record;
  const card = findTestCard(record.challengedCard ?? '');
  return document(
    'Vérification 3-D Secure',
    `<main><section class="card">
<h1>Votre banque vérifie que c’est vous</h1>
<p>${escape(appName)} demande un paiement de</p>
<p class="total" data-testid="total">${money(session.amount_total, session.currency)}</p>
<p>avec la carte se terminant par ${card ? lastFour(card) : '····'}.</p>
<form method="post" action="/c/pay/${session.id}/challenge">
<button class="go" id="approve" data-testid="approve" name="decision" value="approve">Valider le paiement</button>
<button class="other" id="refuse" data-testid="refuse" name="decision" value="refuse">Refuser</button>
</form>
</section></main>`,
  );
}

/** A session that is over: paid, or too late. */
export function endedPage(appName: string, record: SessionRecord, successUrl: string): string {
  const { session } = record;
  if (session.status === 'complete') {
    const amount = money(session.amount_total, session.currency);
    const state =
      session.payment_status === 'paid'
        ? `${escape(appName)} a bien reçu votre règlement de ${amount}. Rien d’autre ne sera débité.`
        : `Votre prélèvement de ${amount} est en cours : ${escape(appName)} attend la réponse de votre banque.`;
    return document(
      'Paiement déjà effectué',
      `<main><section class="card" data-testid="complete">
<h1>Ce paiement est déjà fait</h1>
<p>${state}</p>
<p><a href="${escape(successUrl)}" data-testid="continue">Voir ma commande</a></p>
</section></main>`,
    );
  }
  return document(
    'Lien expiré',
    `<main><section class="card" data-testid="expired">
<h1>Ce lien de paiement a expiré</h1>
<p>Rien n’a été débité. Revenez à ${escape(appName)} pour recevoir un nouveau lien.</p>
${session.cancel_url ? `<p><a href="${escape(session.cancel_url)}" data-testid="back">Retour</a></p>` : ''}
</section></main>`,
  );
}

export const notFoundPage = (appName: string): string =>
  document(
    'Page introuvable',
    `<main><section class="card" data-testid="not-found">
<h1>Ce lien de paiement n’existe pas</h1>
<p>Vérifiez l’adresse, ou demandez un nouveau lien à ${escape(appName)}.</p>
</section></main>`,
  );

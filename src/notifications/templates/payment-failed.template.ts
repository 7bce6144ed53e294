import { joinLines, timeLeft, total } from './message-lines.js';
import type { LocalizedTemplate } from './message-template.js';

/** A payment that was under way did not come through; the order can still be paid by a new link. */
export const paymentFailed: LocalizedTemplate = {
  fr: {
    subject: ({ orderNumber }) => `Le paiement de la commande ${orderNumber} n'a pas abouti`,
    text: (facts) =>
      joinLines(
        '❌ PAIEMENT NON ABOUTI',
        '',
        `Bonjour ${facts.firstName ?? 'Client'},`,
        '',
        `Le paiement de votre commande ${facts.orderNumber} n'a pas abouti.`,
        `💰 Total : ${total(facts, 'fr')}`,
        '',
        facts.paymentUrl !== null && [
          '👉 Réessayez avec ce nouveau lien :',
          facts.paymentUrl,
          '',
          ...(timeLeft(facts) === null ? [] : [`⚠️ Ce lien expire dans ${timeLeft(facts)}`, '']),
        ],
        "Besoin d'aide ? Répondez à ce message ! 💬",
      ),
  },
  en: {
    subject: ({ orderNumber }) => `The payment of order ${orderNumber} did not go through`,
    text: (facts) =>
      joinLines(
        '❌ PAYMENT NOT COMPLETED',
        '',
        `Hello ${facts.firstName ?? 'Customer'},`,
        '',
        `The payment of your order ${facts.orderNumber} did not go through.`,
        `💰 Total: ${total(facts, 'en')}`,
        '',
        facts.paymentUrl !== null && [
          '👉 Try again with this new link:',
          facts.paymentUrl,
          '',
          ...(timeLeft(facts) === null ? [] : [`⚠️ This link expires in ${timeLeft(facts)}`, '']),
        ],
        'Need help? Reply to this message! 💬',
      ),
  },
};

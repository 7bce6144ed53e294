import { joinLines } from './message-lines.js';
import type { LocalizedTemplate } from './message-template.js';

/** Sober on purpose: the customer may know nothing of it, or may be the one who was robbed. */
export const paymentDisputed: LocalizedTemplate = {
  fr: {
    subject: ({ orderNumber }) => `Le paiement de la commande ${orderNumber} est contesté`,
    text: (facts) =>
      joinLines(
        '🏦 PAIEMENT CONTESTÉ',
        '',
        `Bonjour ${facts.firstName ?? 'Client'},`,
        '',
        `Une banque nous signale que le paiement de la commande ${facts.orderNumber} est contesté.`,
        facts.moved?.pickup === 'ends' && [
          'Le retrait est suspendu en attendant sa décision : le QR code ne fonctionne plus.',
        ],
        '',
        "C'est une erreur ? Répondez à ce message, nous regardons cela avec vous.",
      ),
  },
  en: {
    subject: ({ orderNumber }) => `The payment of order ${orderNumber} is disputed`,
    text: (facts) =>
      joinLines(
        '🏦 PAYMENT DISPUTED',
        '',
        `Hello ${facts.firstName ?? 'Customer'},`,
        '',
        `A bank has told us that the payment of order ${facts.orderNumber} is disputed.`,
        facts.moved?.pickup === 'ends' && [
          'Pickup is suspended until it has decided: the QR code does not work meanwhile.',
        ],
        '',
        'Is this a mistake? Reply to this message and we will look into it with you.',
      ),
  },
};

import { joinLines, movedAmount } from './message-lines.js';
import type { LocalizedTemplate } from './message-template.js';

/** The order was cancelled when its payment came, and its tyres are gone: a person decides. */
export const latePaymentReceived: LocalizedTemplate = {
  fr: {
    subject: ({ orderNumber }) => `Votre paiement pour la commande annulée ${orderNumber}`,
    text: (facts) =>
      joinLines(
        '💳 PAIEMENT REÇU, COMMANDE ANNULÉE',
        '',
        `Bonjour ${facts.firstName ?? 'Client'},`,
        '',
        `Nous avons bien reçu ${movedAmount(facts, 'fr')} pour la commande ${facts.orderNumber}.`,
        'Elle était déjà annulée, et ses articles ne sont plus en stock.',
        '',
        '📞 Nous vous appelons pour trouver une solution, ou nous vous remboursons.',
        '',
        'Des questions ? Répondez à ce message ! 💬',
      ),
  },
  en: {
    subject: ({ orderNumber }) => `Your payment for the cancelled order ${orderNumber}`,
    text: (facts) =>
      joinLines(
        '💳 PAYMENT RECEIVED, ORDER CANCELLED',
        '',
        `Hello ${facts.firstName ?? 'Customer'},`,
        '',
        `We have received ${movedAmount(facts, 'en')} for order ${facts.orderNumber}.`,
        'It had been cancelled by then, and its items are no longer in stock.',
        '',
        '📞 We will call you to find a solution, or give the money back.',
        '',
        'Any questions? Reply to this message! 💬',
      ),
  },
};

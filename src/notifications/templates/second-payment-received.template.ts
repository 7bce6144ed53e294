import { joinLines, movedAmount } from './message-lines.js';
import type { LocalizedTemplate } from './message-template.js';

/** Paid twice, through two links: the first payment counts, of the second a person decides. */
export const secondPaymentReceived: LocalizedTemplate = {
  fr: {
    subject: ({ orderNumber }) => `Un second paiement pour la commande ${orderNumber}`,
    text: (facts) =>
      joinLines(
        '💳 SECOND PAIEMENT REÇU',
        '',
        `Bonjour ${facts.firstName ?? 'Client'},`,
        '',
        `Nous avons reçu un second paiement de ${movedAmount(facts, 'fr')} pour la commande ${facts.orderNumber}, déjà payée.`,
        'Rien ne change pour votre commande.',
        '',
        '📞 Nous vérifions ce second paiement et revenons vers vous.',
        '',
        'Des questions ? Répondez à ce message ! 💬',
      ),
  },
  en: {
    subject: ({ orderNumber }) => `A second payment for order ${orderNumber}`,
    text: (facts) =>
      joinLines(
        '💳 SECOND PAYMENT RECEIVED',
        '',
        `Hello ${facts.firstName ?? 'Customer'},`,
        '',
        `We have received a second payment of ${movedAmount(facts, 'en')} for order ${facts.orderNumber}, which was paid already.`,
        'Nothing changes for your order.',
        '',
        '📞 We are looking into this second payment and will come back to you.',
        '',
        'Any questions? Reply to this message! 💬',
      ),
  },
};

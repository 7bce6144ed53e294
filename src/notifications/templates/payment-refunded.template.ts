import { joinLines, movedAmount } from './message-lines.js';
import type { LocalizedTemplate } from './message-template.js';

/** The sum stands in the first line: it tells two refunds of one order apart at the provider. */
export const paymentRefunded: LocalizedTemplate = {
  fr: {
    subject: ({ orderNumber }) => `Remboursement de votre commande ${orderNumber}`,
    text: (facts) =>
      joinLines(
        `💶 REMBOURSEMENT DE ${movedAmount(facts, 'fr')}`,
        '',
        `Bonjour ${facts.firstName ?? 'Client'},`,
        '',
        `Nous vous remboursons ${movedAmount(facts, 'fr')} pour la commande ${facts.orderNumber}.`,
        '',
        "⏳ L'argent revient sous 5 à 10 jours sur le moyen de paiement utilisé.",
        facts.moved?.pickup === 'ends' && "🚫 Votre QR code de retrait n'est plus valable.",
        facts.moved?.pickup === 'stays' && '✅ Votre QR code de retrait reste valable.',
        '',
        'Des questions ? Répondez à ce message ! 💬',
      ),
  },
  en: {
    subject: ({ orderNumber }) => `Refund for your order ${orderNumber}`,
    text: (facts) =>
      joinLines(
        `💶 REFUND OF ${movedAmount(facts, 'en')}`,
        '',
        `Hello ${facts.firstName ?? 'Customer'},`,
        '',
        `We are giving ${movedAmount(facts, 'en')} back to you for order ${facts.orderNumber}.`,
        '',
        '⏳ The money returns within 5 to 10 days by the means of payment you used.',
        facts.moved?.pickup === 'ends' && '🚫 Your pickup QR code is no longer valid.',
        facts.moved?.pickup === 'stays' && '✅ Your pickup QR code remains valid.',
        '',
        'Any questions? Reply to this message! 💬',
      ),
  },
};

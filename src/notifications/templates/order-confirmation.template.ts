import { joinLines, RULE, timeLeft, total, withCart } from './message-lines.js';
import type { LocalizedTemplate } from './message-template.js';

export const orderConfirmation: LocalizedTemplate = {
  fr: {
    subject: ({ orderNumber }) => `Votre commande ${orderNumber} est enregistrée`,
    text: (facts) =>
      withCart(facts, 'fr', (cart) =>
        joinLines(
          '🛒 COMMANDE ENREGISTRÉE',
          '',
          `Bonjour ${facts.firstName ?? 'Client'},`,
          '',
          `Votre commande ${facts.orderNumber} est bien enregistrée chez ${facts.shop.name}.`,
          '',
          RULE,
          '📦 VOTRE COMMANDE',
          cart,
          '',
          RULE,
          `💰 Total : ${total(facts, 'fr')}`,
          '',
          facts.paymentUrl !== null && [
            '👉 Payez en ligne ici :',
            facts.paymentUrl,
            '',
            ...(timeLeft(facts) === null ? [] : [`⚠️ Ce lien expire dans ${timeLeft(facts)}`]),
            '✅ Paiement sécurisé par Stripe',
            ...(facts.instalments ? ['✅ Paiement en 4x sans frais disponible'] : []),
            '',
          ],
          'Retrait sous 24-48h une fois le paiement confirmé.',
          '',
          "Besoin d'aide ? Répondez à ce message ! 💬",
        ),
      ),
  },
  en: {
    subject: ({ orderNumber }) => `Your order ${orderNumber} has been placed`,
    text: (facts) =>
      withCart(facts, 'en', (cart) =>
        joinLines(
          '🛒 ORDER PLACED',
          '',
          `Hello ${facts.firstName ?? 'Customer'},`,
          '',
          `Your order ${facts.orderNumber} has been placed with ${facts.shop.name}.`,
          '',
          RULE,
          '📦 YOUR ORDER',
          cart,
          '',
          RULE,
          `💰 Total: ${total(facts, 'en')}`,
          '',
          facts.paymentUrl !== null && [
            '👉 Pay online here:',
            facts.paymentUrl,
            '',
            ...(timeLeft(facts) === null ? [] : [`⚠️ This link expires in ${timeLeft(facts)}`]),
            '✅ Secure payment by Stripe',
            ...(facts.instalments ? ['✅ Payment in 4 instalments at no extra cost'] : []),
            '',
          ],
          'Pickup within 24-48h once your payment is confirmed.',
          '',
          'Need help? Reply to this message! 💬',
        ),
      ),
  },
};

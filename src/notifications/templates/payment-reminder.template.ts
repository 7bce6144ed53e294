import { joinLines, RULE, timeLeft, total, withCart } from './message-lines.js';
import type { LocalizedTemplate } from './message-template.js';

export const paymentReminder: LocalizedTemplate = {
  fr: {
    subject: ({ orderNumber }) => `Finalisez votre commande ${orderNumber}`,
    text: (facts) =>
      withCart(facts, 'fr', (cart) =>
        joinLines(
          '⏰ FINALISEZ VOTRE COMMANDE',
          '',
          `Bonjour ${facts.firstName ?? 'Client'},`,
          '',
          `Votre commande ${facts.orderNumber} est en attente de paiement.`,
          '',
          RULE,
          '📦 VOTRE PANIER',
          cart,
          '',
          RULE,
          `💰 Total : ${total(facts, 'fr')}`,
          '',
          facts.paymentUrl !== null && [
            '👉 Finalisez votre paiement maintenant :',
            facts.paymentUrl,
            '',
            ...(timeLeft(facts) === null ? [] : [`⚠️ Ce lien expire dans ${timeLeft(facts)}`, '']),
          ],
          RULE,
          '💡 Pourquoi payer maintenant ?',
          '✅ Stock réservé pour vous',
          '✅ Retrait sous 24-48h',
          '✅ Paiement sécurisé par Stripe',
          facts.instalments && '✅ Paiement en 4x sans frais disponible',
          '',
          "Besoin d'aide ? Répondez à ce message ! 💬",
        ),
      ),
  },
  en: {
    subject: ({ orderNumber }) => `Complete your order ${orderNumber}`,
    text: (facts) =>
      withCart(facts, 'en', (cart) =>
        joinLines(
          '⏰ COMPLETE YOUR ORDER',
          '',
          `Hello ${facts.firstName ?? 'Customer'},`,
          '',
          `Your order ${facts.orderNumber} is awaiting payment.`,
          '',
          RULE,
          '📦 YOUR CART',
          cart,
          '',
          RULE,
          `💰 Total: ${total(facts, 'en')}`,
          '',
          facts.paymentUrl !== null && [
            '👉 Complete your payment now:',
            facts.paymentUrl,
            '',
            ...(timeLeft(facts) === null ? [] : [`⚠️ This link expires in ${timeLeft(facts)}`, '']),
          ],
          RULE,
          '💡 Why pay now?',
          '✅ Stock reserved for you',
          '✅ Pickup within 24-48h',
          '✅ Secure payment by Stripe',
          facts.instalments && '✅ Payment in 4 instalments at no extra cost',
          '',
          'Need help? Reply to this message! 💬',
        ),
      ),
  },
};

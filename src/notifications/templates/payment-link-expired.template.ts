import { joinLines } from './message-lines.js';
import type { LocalizedTemplate } from './message-template.js';

export const paymentLinkExpired: LocalizedTemplate = {
  fr: {
    subject: ({ orderNumber }) => `Le lien de paiement de la commande ${orderNumber} a expiré`,
    text: (facts) =>
      joinLines(
        '⏰ LIEN DE PAIEMENT EXPIRÉ',
        '',
        `Le lien de paiement pour la commande ${facts.orderNumber} a expiré.`,
        '',
        "💡 Pas d'inquiétude !",
        'Vous pouvez créer une nouvelle commande en me parlant.',
        '',
        "Besoin d'aide ? Je suis là ! 💬",
      ),
  },
  en: {
    subject: ({ orderNumber }) => `The payment link of order ${orderNumber} has expired`,
    text: (facts) =>
      joinLines(
        '⏰ PAYMENT LINK EXPIRED',
        '',
        `The payment link for order ${facts.orderNumber} has expired.`,
        '',
        '💡 No worries!',
        'You can place a new order by talking to me.',
        '',
        "Need help? I'm here! 💬",
      ),
  },
};

import { joinLines } from './message-lines.js';
import type { LocalizedTemplate } from './message-template.js';

export const orderCancelled: LocalizedTemplate = {
  fr: {
    subject: ({ orderNumber }) => `Votre commande ${orderNumber} est annulée`,
    text: (facts) =>
      joinLines(
        '🚫 COMMANDE ANNULÉE',
        '',
        `Bonjour ${facts.firstName ?? 'Client'},`,
        '',
        `Votre commande ${facts.orderNumber} est annulée : son lien de paiement n'est plus valable.`,
        '',
        "💡 Envie d'autre chose ?",
        'Vous pouvez créer une nouvelle commande en me parlant.',
        '',
        "Besoin d'aide ? Je suis là ! 💬",
      ),
  },
  en: {
    subject: ({ orderNumber }) => `Your order ${orderNumber} is cancelled`,
    text: (facts) =>
      joinLines(
        '🚫 ORDER CANCELLED',
        '',
        `Hello ${facts.firstName ?? 'Customer'},`,
        '',
        `Your order ${facts.orderNumber} is cancelled and its payment link no longer works.`,
        '',
        '💡 Would you like something else?',
        'You can place a new order by talking to me.',
        '',
        "Need help? I'm here! 💬",
      ),
  },
};

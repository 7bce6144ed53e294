import { joinLines, RULE } from './message-lines.js';
import type { LocalizedTemplate } from './message-template.js';

/** Written as the caption of the QR image, so it stays well below WhatsApp's 1024 characters. */
export const pickupQr: LocalizedTemplate = {
  fr: {
    subject: ({ orderNumber }) => `Votre QR code de retrait, commande ${orderNumber}`,
    text: (facts) =>
      joinLines(
        '📱 VOTRE QR CODE DE RETRAIT',
        '',
        `Commande : ${facts.orderNumber}`,
        'Prête sous 24-48h : présentez ce QR code au comptoir pour la retirer.',
        '',
        RULE,
        `📍 ${facts.shop.name}`,
        facts.shop.address,
        '',
        '⏰ HORAIRES',
        facts.shop.hours,
        '',
        "Ne le partagez pas : il ne sert qu'une fois. À bientôt ! 👋",
      ),
  },
  en: {
    subject: ({ orderNumber }) => `Your pickup QR code, order ${orderNumber}`,
    text: (facts) =>
      joinLines(
        '📱 YOUR PICKUP QR CODE',
        '',
        `Order: ${facts.orderNumber}`,
        'Ready within 24-48h: show this QR code at the counter to collect it.',
        '',
        RULE,
        `📍 ${facts.shop.name}`,
        facts.shop.address,
        '',
        '⏰ OPENING HOURS',
        facts.shop.hours,
        '',
        'Keep it to yourself: it works only once. See you soon! 👋',
      ),
  },
};

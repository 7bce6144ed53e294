import { formatAmount } from '../../common/money.js';
import type { OrderResponse } from '../../orders/dto/order.response.js';
import type { CustomerPage } from './page-layout.js';

export const UNKNOWN_ORDER_PAGE: CustomerPage = {
  status: 404,
  title: 'Commande introuvable',
  icon: '🔎',
  lines: [
    'Nous ne trouvons pas de commande à cette adresse.',
    'Ouvrez le lien que nous vous avons envoyé, ou répondez à notre message WhatsApp.',
  ],
};

const factsOf = (order: OrderResponse): [string, string][] => [
  ['Commande', order.orderNumber],
  ['Total', formatAmount(order.totalAmount, order.currency, 'fr')],
];

/** What is true now, for a customer who comes back from Stripe having paid. */
export function successPage(order: OrderResponse, qrUrl: string | null): CustomerPage {
  const facts = factsOf(order);
  if (order.paymentStatus === 'pending' && order.status === 'pending') {
    return {
      status: 200,
      title: 'Confirmation en cours',
      icon: '⏳',
      lines: [
        'Nous attendons la confirmation de votre paiement. Cette page se met à jour toute seule.',
        'Ne payez pas une seconde fois.',
      ],
      facts,
      refreshSeconds: 3,
    };
  }
  if (order.paymentStatus === 'processing') {
    return {
      status: 200,
      title: 'Paiement en cours de traitement',
      icon: '🏦',
      lines: [
        'Votre banque traite le paiement : cela peut prendre quelques jours.',
        'Nous vous écrivons dès qu’il est arrivé. Ne payez pas une seconde fois.',
      ],
      facts,
    };
  }
  return settledPage(order, qrUrl) ?? endedPage(order);
}

/** What is true now, for a customer who left Stripe's page without paying. */
export function cancelPage(
  order: OrderResponse,
  view: { readonly timeZone: string; readonly isLinkComing: boolean },
): CustomerPage {
  // No QR here: an order's id is no secret, unlike a session's.
  const settled = settledPage(order, null);
  if (settled) return settled;
  if (order.paymentStatus === 'processing') return successPage(order, null);
  if (order.status !== 'pending') return endedPage(order);
  if (!order.paymentUrl || !order.paymentExpiresAt) {
    if (!view.isLinkComing) return closedLinkPage(order);
    return {
      status: 200,
      title: 'Votre lien se prépare',
      icon: '🔗',
      lines: ['Votre commande est enregistrée. Nous vous envoyons le lien de paiement.'],
      facts: factsOf(order),
      refreshSeconds: 10,
    };
  }
  return {
    status: 200,
    title: 'Paiement non terminé',
    icon: '🛒',
    lines: ['Votre commande vous attend et le stock est réservé pour vous.'],
    facts: [
      ...factsOf(order),
      ['Lien valable jusqu’au', instant(order.paymentExpiresAt, view.timeZone)],
    ],
    action: { label: 'Reprendre le paiement', href: order.paymentUrl },
  };
}

function settledPage(order: OrderResponse, qrUrl: string | null): CustomerPage | null {
  const facts = factsOf(order);
  if (order.paymentStatus === 'refunded') {
    return {
      status: 200,
      title: 'Commande remboursée',
      icon: '↩️',
      lines: ['Le paiement de cette commande vous a été rendu.'],
      facts,
    };
  }
  if (order.status === 'picked_up') {
    return {
      status: 200,
      title: 'Commande retirée',
      icon: '📦',
      lines: ['Vous avez retiré cette commande. Merci de votre confiance !'],
      facts,
    };
  }
  if (order.status !== 'confirmed') return null;
  return {
    status: 200,
    title: 'Paiement confirmé',
    icon: '🎉',
    lines: [
      'Merci pour votre commande ! Préparation sous 24-48h.',
      'Présentez ce QR code à notre entrepôt pour la retirer.',
    ],
    facts,
    ...(qrUrl ? { image: { src: qrUrl, alt: 'QR code de retrait' } } : {}),
  };
}

/** The link is over and its event still on the way, or a payment waits for a person: both are covered. */
const closedLinkPage = (order: OrderResponse): CustomerPage => ({
  status: 200,
  title: 'Ce lien n’est plus ouvert',
  icon: '⌛',
  lines: [
    'Si vous avez payé, nous vérifions votre paiement et revenons vers vous. Ne payez pas une seconde fois.',
    'Sinon, écrivez-nous sur WhatsApp : nous vous envoyons un nouveau lien.',
  ],
  facts: factsOf(order),
});

const endedPage = (order: OrderResponse): CustomerPage => ({
  status: 200,
  title: 'Commande annulée',
  icon: '⌛',
  lines: [
    'Cette commande n’attend plus de paiement.',
    'Écrivez-nous sur WhatsApp pour la recréer. Si vous avez été débité, nous vous recontactons.',
  ],
  facts: factsOf(order),
});

const instant = (at: Date, timeZone: string): string =>
  new Intl.DateTimeFormat('fr-FR', { dateStyle: 'short', timeStyle: 'short', timeZone }).format(at);

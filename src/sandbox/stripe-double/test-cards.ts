/** Why a card is refused, in Stripe's codes and in the words the customer reads. */
export interface Decline {
  readonly code: string;
  readonly declineCode: string | null;
  readonly message: string;
  readonly french: string;
}

/** A card of docs.stripe.com/testing and what the double does with it. */
export interface TestCard {
  readonly number: string;
  readonly brand: string;
  readonly label: string;
  readonly outcome: 'pays' | 'declined' | 'challenge' | 'disputed';
  readonly decline?: Decline;
}

const declined = (
  number: string,
  label: string,
  code: string,
  declineCode: string | null,
  message: string,
  french: string,
): TestCard => ({
  number,
  brand: 'visa',
  label,
  outcome: 'declined',
  decline: { code, declineCode, message, french },
});

const REFUSED = 'Your card was declined.';
const REFUSED_FRENCH = 'Votre carte a été refusée. Essayez une autre carte.';

export const TEST_CARDS: readonly TestCard[] = [
  { number: '4242424242424242', brand: 'visa', label: 'Paiement accepté', outcome: 'pays' },
  { number: '4000002760003184', brand: 'visa', label: '3-D Secure', outcome: 'challenge' },
  {
    number: '4000002500003155',
    brand: 'visa',
    label: '3-D Secure, première fois',
    outcome: 'challenge',
  },
  declined(
    '4000000000000002',
    'Carte refusée',
    'card_declined',
    'generic_decline',
    REFUSED,
    REFUSED_FRENCH,
  ),
  declined(
    '4000000000009995',
    'Provision insuffisante',
    'card_declined',
    'insufficient_funds',
    'Your card has insufficient funds.',
    'Le solde de votre carte est insuffisant.',
  ),
  declined(
    '4000000000009987',
    'Carte perdue',
    'card_declined',
    'lost_card',
    REFUSED,
    REFUSED_FRENCH,
  ),
  declined(
    '4000000000009979',
    'Carte volée',
    'card_declined',
    'stolen_card',
    REFUSED,
    REFUSED_FRENCH,
  ),
  declined(
    '4000000000000069',
    'Carte expirée',
    'expired_card',
    null,
    'Your card has expired.',
    'Votre carte est expirée.',
  ),
  declined(
    '4000000000000127',
    'Cryptogramme faux',
    'incorrect_cvc',
    null,
    "Your card's security code is incorrect.",
    'Le cryptogramme de votre carte est incorrect.',
  ),
  declined(
    '4000000000000119',
    'Erreur de la banque',
    'processing_error',
    null,
    'An error occurred while processing your card. Try again in a little bit.',
    'La banque n’a pas pu traiter votre carte. Réessayez dans un instant.',
  ),
  {
    number: '4000000000000259',
    brand: 'visa',
    label: 'Payée, puis contestée',
    outcome: 'disputed',
  },
  {
    number: '5555555555554444',
    brand: 'mastercard',
    label: 'Mastercard acceptée',
    outcome: 'pays',
  },
];

/** Spaces and dashes do not count. Undefined for any number that is not a test card. */
export const findTestCard = (number: string): TestCard | undefined =>
  TEST_CARDS.find((card) => card.number === number.replace(/[\s-]/g, ''));

export const lastFour = (card: TestCard): string => card.number.slice(-4);

/** The customer said no on the bank's page, or could not prove who they are. */
export const AUTHENTICATION_FAILED: Decline = {
  code: 'payment_intent_authentication_failure',
  declineCode: null,
  message:
    'The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod to attempt to fulfill this PaymentIntent again.',
  french:
    'L’authentification auprès de votre banque a échoué. Réessayez ou utilisez une autre carte.',
};

/** What the bank answers days later when a direct debit fails. */
export const DEBIT_FAILED: Decline = {
  code: 'insufficient_funds',
  declineCode: null,
  message: 'The customer’s account has insufficient funds to cover this payment.',
  french: 'Le prélèvement a été refusé par votre banque.',
};

/** Where the dispatcher gets a paid order's pickup QR from; the pickup module stands behind it. */
export abstract class PickupQr {
  /** A public, expiring URL of the image, for providers that fetch it. Null: nothing to collect any more. */
  abstract imageUrl(orderId: string): Promise<string | null>;

  /** The image itself, for an e-mail. Null: nothing to collect any more. */
  abstract png(orderId: string): Promise<Buffer | null>;
}

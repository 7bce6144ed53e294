/** Letters, digits and the signs that makers' references use. */
export const SKU_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/;
export const SKU_MESSAGE = 'sku must be 1 to 64 letters, digits or . _ / -';

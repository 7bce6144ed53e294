/**
 * What becomes of a row whose key is there already: nothing, or everything fails, for an insert that its
 * statement has made sure of. PostgreSQL then need not write the row on trial and confirm it after.
 */
export type IfThere = 'skip' | 'fail';

export const onConflict = (columns: string, ifThere: IfThere): string =>
  ifThere === 'skip' ? `ON CONFLICT (${columns}) DO NOTHING` : '';

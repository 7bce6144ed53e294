/** A form body or query as Twilio reads it: names are flat, a repeated one is a list. */
export type TwilioForm = Readonly<Record<string, string | string[]>>;

export function parseTwilioForm(body: string): TwilioForm {
  const form: Record<string, string | string[]> = {};
  for (const [name, value] of new URLSearchParams(body)) {
    if (name === '__proto__') continue;
    const known = form[name];
    form[name] = known === undefined ? value : [known, value].flat();
  }
  return form;
}

/** The last one given; an empty text counts as absent. */
export function textOf(form: TwilioForm, name: string): string | null {
  const value = form[name];
  const last = Array.isArray(value) ? value.at(-1) : value;
  return last === undefined || last === '' ? null : last;
}

export const textsOf = (form: TwilioForm, name: string): string[] => [form[name] ?? []].flat();

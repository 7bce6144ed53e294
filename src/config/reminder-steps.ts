const MINUTES: Readonly<Record<string, number>> = { m: 1, h: 60 };
const DAY = 24 * 60;

/**
 * `30m,1h` gives `[30, 60]`: ages in minutes. Null unless every step is a number of minutes or hours
 * below a day (no payment link lives longer) and later than the one before.
 */
export function reminderStepMinutes(text: string): number[] | null {
  const steps = text.split(',').map((step) => {
    const [, count = '', unit = ''] = /^(\d{1,4})([mh])$/.exec(step.trim()) ?? [];
    return Number(count) * (MINUTES[unit] ?? 0);
  });
  const isAscending = steps.every((step, position) => step > (steps[position - 1] ?? 0));
  return isAscending && steps.every((step) => step < DAY) ? steps : null;
}

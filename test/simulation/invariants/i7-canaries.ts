import type { Facts, Violation } from './facts.js';

const EXCERPT = 60;

/** I7: secrets and what is personal stand in no log line and in no error's body. Always. */
export function nothingIsToldOutside({ canaries, spoken }: Facts): Violation[] {
  return Object.entries(canaries).flatMap(([name, text]) => {
    const line = spoken.find((one) => one.includes(text));
    if (line === undefined) return [];
    const at = line.indexOf(text);
    const around = line.slice(Math.max(0, at - EXCERPT), at);
    return [{ invariant: 'I7', what: `${name} stands in what was said, after ${around}` }];
  });
}

/** Read by Node itself before the application: every `Date` of the process is off, its timers are not. */
const moduleOf = (seconds: number): string => `
  const Real = Date;
  const now = () => Real.now() + ${seconds * 1_000};
  globalThis.Date = new Proxy(Real, {
    construct: (_real, parts, target) =>
      Reflect.construct(Real, parts.length === 0 ? [now()] : parts, target),
    apply: () => new Real(now()).toString(),
    get: (real, name) => (name === 'now' ? now : Reflect.get(real, name)),
  });`;

/** The environment of a process whose clock is so many seconds ahead of everybody's; negative: behind. */
export const clockAhead = (seconds: number): NodeJS.ProcessEnv => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(moduleOf(seconds))}`,
});

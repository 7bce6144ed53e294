/** For `vi.waitFor`: a condition that comes soon, on a machine that may be busy with everything else. */
export const PATIENTLY = { timeout: 30_000, interval: 25 } as const;

import { isUUID } from 'class-validator';
import { describe, expect, it, vi } from 'vitest';
import { timeOrderedId } from './time-ordered-id.js';

describe('an id that grows with time', () => {
  it('is a UUID of version 7, and never the same', () => {
    const ids = Array.from({ length: 1_000 }, timeOrderedId);
    expect(ids.filter((id) => !isUUID(id, '7'))).toEqual([]);
    expect(new Set(ids).size).toBe(1_000);
  });

  it('begins with its instant, so that later ones come later', () => {
    const now = vi.spyOn(Date, 'now');
    const ids = [1, 1_700_000_000_000, 1_700_000_000_001, 4_102_444_800_000].map((instant) => {
      now.mockReturnValue(instant);
      return timeOrderedId();
    });
    expect(ids[1]).toMatch(/^018bcfe5-6800-7/);
    expect(ids).toEqual(ids.toSorted());
  });
});

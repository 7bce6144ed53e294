import { describe, expect, it } from 'vitest';

import { plainText } from './plain-text.js';

describe('plainText', () => {
  it.each([
    ['Aline', 'Aline'],
    ["Zoé d'Île-de-France", "Zoé d'Île-de-France"],
    ['Primacy 4 205/55R16 91V', 'Primacy 4 205/55R16 91V'],
    ['Huile 5W-30 (1.5 l)', 'Huile 5W-30 (1.5 l)'],
    ['李小龙', '李小龙'],
    ['محمد', 'محمد'],
    ['J. P. Martin 🚗', 'J. P. Martin 🚗'],
  ])('leaves %j as it is', (value, expected) => {
    expect(plainText(value, 60)).toBe(expected);
  });

  it.each([
    ['line breaks', 'a\r\nb\u2028c\u0085d', 'a b c d'],
    ['control characters', 'a\u0000\u0007b\u001bc', 'a b c'],
    ['zero-width characters', 'Al\u200bi\u200d\ufeffne\u2060', 'Aline'],
    ['reading-direction overrides', '\u202eenilA\u202c \u2066x\u2069', 'enilA x'],
    ['blank letters', 'a\u3164\u2800b', 'ab'],
    ['stacked accents', `Z${'\u0307'.repeat(40)}o`, 'Ż\u0307\u0307o'],
    ['WhatsApp markdown', '*Bob* _x_ ~y~ ```z```', 'Bob x y z'],
    ['template braces', '{{1}} {{name}}', '1 name'],
    ['a web address', 'https://evil.example/x', 'https evil. example/x'],
    ['a bare host', 'WWW.evil.example', 'evil. example'],
    ['wide look-alikes', 'ｈｔｔｐｓ：／／ｅｖｉｌ．ｅｘａｍｐｌｅ', 'https evil. example'],
    ['another full stop', 'evil。example', 'evil. example'],
    ['runs of spaces', '  a\u00a0\u3000  b\t c ', 'a b c'],
    ['lone surrogates', 'a\ud83db', 'a b'],
    ['nothing visible', '\u200b\n\t', ''],
  ])('takes away %s', (_what, value, expected) => {
    expect(plainText(value, 60)).toBe(expected);
  });

  it('cuts at the length, between characters', () => {
    expect(plainText('x'.repeat(60), 60)).toBe('x'.repeat(60));
    expect(plainText('x'.repeat(61), 60)).toBe(`${'x'.repeat(59)}…`);
    const cars = plainText('🚗'.repeat(80), 60);
    expect(Array.from(cars)).toHaveLength(60);
    expect(cars).not.toMatch(/\p{Cs}/u);
  });

  it('gives its own answer back unchanged', () => {
    const once = plainText('*https://www.evil.example/{{1}}*\n' + 'y.z'.repeat(40), 60);
    expect(plainText(once, 60)).toBe(once);
  });
});

import { describe, expect, it } from 'vitest';
import { canonical, parseFormBody } from './form-body.js';

describe('parseFormBody', () => {
  it('nests objects and lists as deep as the brackets go', () => {
    const body =
      'mode=payment&line_items[0][price_data][product_data][name]=Pneu%20%26%20jante' +
      '&line_items[0][quantity]=2&line_items[1][quantity]=1&metadata[orderId]=42';
    expect(parseFormBody(body)).toEqual({
      mode: 'payment',
      line_items: [
        { price_data: { product_data: { name: 'Pneu & jante' } }, quantity: '2' },
        { quantity: '1' },
      ],
      metadata: { orderId: '42' },
    });
  });

  it('understands encoded brackets and empty ones', () => {
    expect(parseFormBody('expand%5B%5D=a&expand%5B%5D=b&types[0]=c')).toEqual({
      expand: ['a', 'b'],
      types: ['c'],
    });
  });

  it('keeps objects whose names merely look like numbers', () => {
    expect(parseFormBody('metadata[7]=x')).toEqual({ metadata: { '7': 'x' } });
  });

  it('never touches a prototype', () => {
    const parsed = parseFormBody('__proto__[polluted]=1&a[__proto__][polluted]=1&a[b]=2');
    expect(parsed).toEqual({ a: { b: '2' } });
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('reads an empty body as no parameters', () => {
    expect(parseFormBody('')).toEqual({});
  });
});

describe('canonical', () => {
  it('does not depend on the order of parameters', () => {
    const one = canonical(parseFormBody('a=1&b[x]=2&b[y]=3'));
    expect(canonical(parseFormBody('b[y]=3&b[x]=2&a=1'))).toBe(one);
    expect(canonical(parseFormBody('b[y]=3&b[x]=2&a=2'))).not.toBe(one);
  });
});

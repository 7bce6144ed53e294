import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { describe, expect, it } from 'vitest';
import { maskPhone, parsePhoneNumber } from './phone-number.js';
import { IsShopPhoneNumber, ToE164 } from './phone-number.validator.js';

describe('parsePhoneNumber', () => {
  it.each([
    // Guadeloupe, the way people there write it.
    ['0690123456', '+590690123456'],
    ['0690 12 34 56', '+590690123456'],
    ['06.90.12.34.56', '+590690123456'],
    ['06-90-12-34-56', '+590690123456'],
    ['0691323456', '+590691323456'],
    ['0691 12 34 56', '+590691123456'],
    ['0590 12 34 56', '+590590123456'],
    ['+590690123456', '+590690123456'],
    ['+590 690 12 34 56', '+590690123456'],
    ['+590691323456', '+590691323456'],
    ['00590690123456', '+590690123456'],
    ['00 590 690 12 34 56', '+590690123456'],
    ['+590 0690 12 34 56', '+590690123456'],
    [' 0690123456 ', '+590690123456'],
    // Saint-Barthélemy and Saint-Martin share its plan.
    ['0590 27 12 34', '+590590271234'],
    ['0590 87 20 00', '+590590872000'],
    // The other territories.
    ['0696 12 34 56', '+596696123456'],
    ['0697123456', '+596697123456'],
    ['+596696123456', '+596696123456'],
    ['0596 30 12 34', '+596596301234'],
    ['0694 12 34 56', '+594694123456'],
    ['0594 12 34 56', '+594594123456'],
    ['0692 12 34 56', '+262692123456'],
    ['0693 12 34 56', '+262693123456'],
    ['0262 12 34 56', '+262262123456'],
    ['0639 01 23 45', '+262639012345'],
    ['0269 60 12 34', '+262269601234'],
    // Mainland France.
    ['06 12 34 56 78', '+33612345678'],
    ['0033612345678', '+33612345678'],
    ['+33 6 12 34 56 78', '+33612345678'],
    ['07 81 23 45 67', '+33781234567'],
    ['01 23 45 67 89', '+33123456789'],
    ['05 23 45 67 89', '+33523456789'],
    ['09 12 34 56 78', '+33912345678'],
  ])('reads %j as %s', (input, expected) => {
    expect(parsePhoneNumber(input)).toBe(expected);
  });

  it.each([
    ['', 'nothing'],
    ['+336123\nBcc: x@y.z', 'a header after it'],
    ['+33612345678\n', 'a line end'],
    ['whatsapp:+590690123456', 'a channel prefix'],
    ['tel:+590690123456', 'a URI'],
    ['+33612345678,+33612345679', 'two numbers'],
    ['+33612345678;ext=12', 'an extension'],
    ['+33612345678 ext 3', 'an extension in words'],
    ['0690 GARAGE', 'letters'],
    ['٠٦٩٠١٢٣٤٥٦', 'Arabic digits'],
    ['０６９０１２３４５６', 'full-width digits'],
    ['+33899123456', 'premium rate'],
    ['0899123456', 'premium rate, national'],
    ['+33 8 91 23 45 67', 'premium rate, spaced'],
    ['0800123456', 'a free call centre'],
    ['36500', 'a short code'],
    ['0690', 'a prefix alone'],
    ['112', 'an emergency number'],
    ['690123456', 'no leading zero'],
    ['590690123456', 'a country code without its plus'],
    ['069012345', 'one digit too few'],
    ['06901234567', 'one digit too many'],
    ['+59069012345678901', 'more than 15 digits'],
    ['1'.repeat(30), '30 digits'],
    ['0'.repeat(20), 'zeros'],
    ['+33690123456', 'an overseas number under the mainland code'],
    ['+14155238886', 'the sandbox sender, in the United States'],
    ['+447400123456', 'a British mobile'],
    ['+88213123456', 'a satellite phone'],
    ['+690690123456', 'Tokelau'],
    ['++590690123456', 'two plus signs'],
    ['0690+123456', 'a plus inside'],
    ['0690123456'.padEnd(21), 'more than 20 characters'],
  ])('refuses %j: %s', (input) => {
    expect(parsePhoneNumber(input)).toBeNull();
  });

  it('refuses 50,000 characters at once', () => {
    const start = performance.now();
    expect(parsePhoneNumber('+'.repeat(50_000))).toBeNull();
    expect(parsePhoneNumber(`+${'1 '.repeat(25_000)}`)).toBeNull();
    expect(performance.now() - start).toBeLessThan(50);
  });
});

describe('maskPhone', () => {
  it.each([
    ['+590690123456', '+590 ••• 56'],
    ['+33612345678', '+33 ••• 78'],
    ['0690123456', '••• 56'],
    ['nonsense', '•••'],
    ['', '•••'],
  ])('masks %j as %s', (input, expected) => {
    expect(maskPhone(input)).toBe(expected);
  });
});

describe('IsShopPhoneNumber', () => {
  class Contact {
    @ToE164()
    @IsShopPhoneNumber()
    phoneNumber: string;
  }
  const read = (phoneNumber: unknown) => plainToInstance(Contact, { phoneNumber });

  it('stores a national number as E.164', () => {
    const contact = read('0690 12 34 56');
    expect(validateSync(contact)).toEqual([]);
    expect(contact.phoneNumber).toBe('+590690123456');
  });

  it.each(['+14155238886', '', 690123456, null, undefined, ['+590690123456'], {}])(
    'refuses %j without repeating it',
    (phoneNumber) => {
      const [fault] = validateSync(read(phoneNumber));
      expect(fault?.constraints?.['isShopPhoneNumber']).toContain('phoneNumber must be one phone');
      expect(JSON.stringify(fault?.constraints)).not.toContain('14155238886');
    },
  );
});

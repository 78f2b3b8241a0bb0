import { describe, expect, it } from 'vitest';
import { maySkip, parseBindAddress, resolveBindAddress } from '../../src/net/bind-address.ts';

describe('bind', () => {
  it('reads a leading minus as optional, and the family from the colons', () => {
    expect(parseBindAddress('127.0.0.1')).toEqual({ name: '127.0.0.1', optional: false, family: 4 });
    expect(parseBindAddress('-::1')).toEqual({ name: '::1', optional: true, family: 6 });
    expect(parseBindAddress('-*')).toEqual({ name: '*', optional: true, family: 4 });
  });

  it('resolves stars and names within their family', async () => {
    expect(await resolveBindAddress(parseBindAddress('*'))).toBe('0.0.0.0');
    expect(await resolveBindAddress(parseBindAddress('-::*'))).toBe('::');
    expect(await resolveBindAddress(parseBindAddress('::1'))).toBe('::1');
    expect(await resolveBindAddress(parseBindAddress('localhost'))).toMatch(/^127\./);
  });

  it('skips optional addresses that the machine lacks, and families that it lacks', () => {
    expect(maySkip(parseBindAddress('-10.1.2.3'), 'EADDRNOTAVAIL')).toBe(true);
    expect(maySkip(parseBindAddress('10.1.2.3'), 'EADDRNOTAVAIL')).toBe(false);
    expect(maySkip(parseBindAddress('::1'), 'EAFNOSUPPORT')).toBe(true);
    expect(maySkip(parseBindAddress('-::1'), 'EADDRINUSE')).toBe(false);
  });
});

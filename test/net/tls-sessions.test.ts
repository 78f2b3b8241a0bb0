import { describe, expect, it } from 'vitest';
import { TlsSessions } from '../../src/net/tls-sessions.ts';

const id = (n: number): Buffer => Buffer.from([n]);
const data = (n: number): Buffer => Buffer.from(`session ${n}`);

describe('TlsSessions', () => {
  it('remembers the newest', () => {
    const sessions = new TlsSessions(2);
    for (const n of [1, 2, 3]) sessions.remember(id(n), data(n));
    expect([1, 2, 3].map((n) => sessions.find(id(n))?.toString())).toEqual([undefined, 'session 2', 'session 3']);
    expect(sessions.size).toBe(2);
  });

  it('remembers all where there is no limit', () => {
    const sessions = new TlsSessions(0);
    for (let n = 0; n < 200; n++) sessions.remember(id(n), data(n));
    expect(sessions.size).toBe(200);
  });
});

import { describe, expect, it } from 'vitest';
import type { ClientPort } from '../../src/dispatch/client-port.ts';
import { NO_TRANSPORT, type Transport } from '../../src/dispatch/transport.ts';
import { CommandSession } from '../support/command-session.ts';

const MIB = 1024 * 1024;

interface Peer {
  readonly port: ClientPort;
  readonly transport: Transport & { queryCapacity: number; outputBytes: number };
}

/** A client of the engine whose buffers are as large as the test says. */
function connect({ engine }: CommandSession): Peer {
  const transport = { ...NO_TRANSPORT };
  return { port: engine.openClient(transport), transport };
}

/** A session with one key, which may use a mebibyte more. */
function limited(policy: string): CommandSession {
  const s = new CommandSession({ config: { 'maxmemory-policy': policy, 'maxmemory-eviction-tenacity': '100' } });
  s.call('SET', 'k', 'v');
  s.call('CONFIG', 'SET', 'maxmemory', String(s.engine.memory.countedBytes + MIB));
  return s;
}

describe('what clients take of maxmemory', () => {
  it('counts buffers as soon as they have grown', () => {
    const s = limited('allkeys-lru');
    const { port, transport } = connect(s);
    transport.queryCapacity = 2 * MIB;
    port.grew(false);
    s.call('PING');
    expect(s.call('DBSIZE')).toBe(0);
    expect(s.error('SET', 'k', 'v')).toMatch(/^OOM/);
  });

  it('counts a client no longer that is gone', () => {
    const s = limited('allkeys-lru');
    const before = s.engine.memory.countedBytes;
    const { port, transport } = connect(s);
    transport.outputBytes = 2 * MIB;
    port.grew(true);
    expect(s.engine.memory.countedBytes).toBe(before + 2 * MIB);
    port.closed();
    expect(s.engine.memory.countedBytes).toBe(before);
    // What comes of it afterwards is nobody's.
    port.grew(false);
    expect(s.engine.memory.countedBytes).toBe(before);
    s.call('SET', 'other', 'v');
    expect(s.call('DBSIZE')).toBe(2);
  });

  it('neither refuses nor evicts for buffers that have been emptied', () => {
    for (const policy of ['noeviction', 'allkeys-lru']) {
      const s = limited(policy);
      const { port, transport } = connect(s);
      transport.outputBytes = 2 * MIB;
      port.grew(true);
      transport.outputBytes = 0;
      s.clock.advance(1);
      s.call('SET', 'other', 'v');
      expect(s.call('DBSIZE')).toBe(2);
    }
  });

  it('evicts no more because of the invalidations that evicting brings about', () => {
    const s = new CommandSession({
      config: { 'maxmemory-policy': 'allkeys-lru', 'maxmemory-eviction-tenacity': '100' },
    });
    const { port, transport } = connect(s);
    s.engine.keyspace.events.add({
      deleted: () => {
        transport.outputBytes += 10_000;
        port.grew(true);
      },
    });
    for (let i = 0; i < 100; i++) s.call('SET', `key:${i}`, 'x'.repeat(1000));
    s.call('CONFIG', 'SET', 'maxmemory', String(s.engine.memory.countedBytes - 5000));
    s.call('PING');
    expect(s.engine.keyspace.keyCount).toBeGreaterThan(90);
    expect(s.engine.keyspace.keyCount).toBeLessThan(100);
  });

  it('does not count what replicas have yet to be sent, even if they were clients before', () => {
    const s = limited('noeviction');
    const before = s.engine.memory.countedBytes;
    const { port, transport } = connect(s);
    transport.outputBytes = 2 * MIB;
    port.grew(true);
    const replica = [...s.engine.clients.all()].at(-1);
    if (replica === undefined) throw new Error('no client');
    replica.role = 'replica';
    port.grew(true);
    expect(s.engine.memory.countedBytes).toBe(before);
    expect(s.engine.memory.usedBytes).toBe(before + 2 * MIB);
    port.closed();
    expect(s.engine.memory.usedBytes).toBe(before);
  });
});

describe('the memory of a client', () => {
  /** `tot-mem` of the session's own line. */
  function total(s: CommandSession): number {
    return Number(/ tot-mem=(\d+)/.exec(String(s.call('CLIENT', 'INFO')))?.[1]);
  }

  it('includes the keys that it watches', () => {
    const s = new CommandSession();
    const before = total(s);
    for (let i = 0; i < 100; i++) s.call('WATCH', `key:${i}`, 'key:0');
    expect(total(s)).toBeGreaterThan(before + 100 * 64);
    expect(total(s)).toBeLessThan(before + 100 * 1024);
    s.call('UNWATCH');
    expect(total(s)).toBe(before);
  });

  it('includes the prefixes under which changes are broadcast to it', () => {
    const s = new CommandSession({ version: 3 });
    const before = total(s);
    for (let i = 10; i < 60; i++) s.call('CLIENT', 'TRACKING', 'ON', 'BCAST', 'PREFIX', `prefix:${i}`);
    const tracked = total(s);
    expect(tracked).toBeGreaterThan(before + 50 * 64);
    expect(tracked).toBeLessThan(before + 50 * 1024);
    s.call('CLIENT', 'TRACKING', 'ON', 'BCAST');
    s.call('CLIENT', 'TRACKING', 'OFF');
    expect(total(s)).toBe(before);
  });
});

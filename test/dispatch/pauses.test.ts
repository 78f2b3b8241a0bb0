import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Pauses } from '../../src/dispatch/pauses.ts';
import { PAUSED, ServerState } from '../../src/dispatch/server-state.ts';
import type { Session } from '../../src/dispatch/session.ts';
import { NO_TRANSPORT } from '../../src/dispatch/transport.ts';
import { CommandSession } from '../support/command-session.ts';

/** A clock that the fake timers drive. */
const clock = { nowMs: () => Date.now(), nowUs: () => Date.now() * 1000, monotonicMs: () => Date.now() };

let state: ServerState;
let pauses: Pauses;
let changes: boolean[];
/** Sessions in the order in which they were resumed. */
let resumed: string[];

beforeEach(() => {
  vi.useFakeTimers();
  state = new ServerState();
  changes = [];
  resumed = [];
  pauses = new Pauses(clock, state, (paused) => changes.push(paused));
});
afterEach(() => {
  vi.useRealTimers();
});

function waiting(name: string): Session {
  const { engine, session } = new CommandSession();
  const resume = (): void => {
    resumed.push(name);
  };
  const waiter = engine.openSession(session.output, { ...NO_TRANSPORT, resume });
  pauses.postpone(waiter);
  return waiter;
}

const force = (): string => (!state.is(PAUSED) ? 'none' : state.pauseWritesOnly ? 'writes' : 'all');

describe('Pauses', () => {
  it('last until their time is over, and then let sessions go in their order', () => {
    pauses.begin(Date.now() + 1000, false);
    const a = waiting('a');
    waiting('b');
    expect([force(), a.postponed]).toEqual(['all', true]);
    vi.advanceTimersByTime(999);
    expect([force(), resumed]).toEqual(['all', []]);
    vi.advanceTimersByTime(1);
    expect([force(), resumed, a.postponed, changes]).toEqual(['none', ['a', 'b'], false, [true, false]]);
  });

  it('are only made longer and stricter by others of their purpose', () => {
    pauses.begin(Date.now() + 1000, true);
    expect(force()).toBe('writes');
    pauses.begin(Date.now() + 10, false);
    expect(force()).toBe('all');
    pauses.begin(Date.now() + 2000, true);
    vi.advanceTimersByTime(1999);
    expect(force()).toBe('all');
    vi.advanceTimersByTime(1);
    expect([force(), changes]).toEqual(['none', [true, false]]);
  });

  it('give way to a weaker one of another purpose, and sessions are looked at again', () => {
    pauses.begin(Number.POSITIVE_INFINITY, true, 'shutdown');
    pauses.begin(Date.now() + 1000, false);
    waiting('a');
    vi.advanceTimersByTime(1000);
    expect([force(), resumed]).toEqual(['writes', ['a']]);
    waiting('b');
    pauses.end('client');
    vi.advanceTimersByTime(2 ** 33);
    expect([force(), resumed]).toEqual(['writes', ['a']]);
    pauses.end('shutdown');
    expect([force(), resumed, changes]).toEqual(['none', ['a', 'b'], [true, false]]);
  });

  it('do not let go when they become stricter', () => {
    pauses.begin(Date.now() + 1000, true);
    waiting('a');
    pauses.begin(Date.now() + 1000, false, 'failover');
    expect([force(), resumed]).toEqual(['all', []]);
    pauses.end();
    expect([force(), resumed]).toEqual(['none', ['a']]);
  });

  it('last longer than one timer can', () => {
    pauses.begin(Date.now() + 2 ** 32, false);
    vi.advanceTimersByTime(2 ** 32 - 1);
    expect(force()).toBe('all');
    vi.advanceTimersByTime(1);
    expect(force()).toBe('none');
  });

  it('of no time never begin', () => {
    pauses.begin(Date.now(), false);
    expect([force(), changes]).toEqual(['none', []]);
    pauses.end('client');
    expect(changes).toEqual([]);
  });

  it('forget sessions that are gone', () => {
    pauses.begin(Date.now() + 1000, false);
    const gone = waiting('gone');
    pauses.forget(gone);
    pauses.end();
    expect([gone.postponed, resumed]).toEqual([false, []]);
  });
});

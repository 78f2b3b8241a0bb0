import { describe, expect, it } from 'vitest';
import { CommandSession } from '../../support/command-session.ts';
import { besideRedis, replies } from '../connection/beside-redis.ts';

/** A session whose monitor has seen three spikes, a second apart. */
function spiked(): CommandSession {
  const s = new CommandSession();
  for (const milliseconds of [12, 9, 100, 30]) {
    spike(s, 'command', milliseconds);
    s.clock.advance(1000);
  }
  return s;
}

/** Records an event; none of the test's own commands is one, however slow the machine is. */
function spike(s: CommandSession, name: string, milliseconds: number, agoMs = 0): void {
  const { latency } = s.engine;
  latency.thresholdMs = 10;
  latency.record(name, milliseconds, s.clock.nowMs() - agoMs);
  latency.thresholdMs = 1_000_000;
}

describe('LATENCY', () => {
  it('tells the history and the latest of each event', () => {
    const s = spiked();
    const second = Math.floor(s.clock.nowMs() / 1000);
    expect(s.call('LATENCY', 'HISTORY', 'command')).toEqual([
      [second - 4, 12],
      [second - 2, 100],
      [second - 1, 30],
    ]);
    expect(s.call('LATENCY', 'HISTORY', 'nosuch')).toEqual([]);
    expect(s.call('LATENCY', 'LATEST')).toEqual([['command', second - 1, 30, 100]]);
  });

  it('forgets events', () => {
    const s = spiked();
    spike(s, 'fork', 50);
    expect(s.call('LATENCY', 'RESET', 'command', 'nosuch')).toBe(1);
    expect(s.call('LATENCY', 'RESET')).toBe(1);
    expect(s.call('LATENCY', 'LATEST')).toEqual([]);
  });

  it('draws a graph', () => {
    expect(spiked().call('LATENCY', 'GRAPH', 'command')).toBe(
      [
        'command - high 100 ms, low 12 ms (all time high 100 ms)',
        '-'.repeat(80),
        ' # ',
        ' | ',
        ' | ',
        '_|#',
        '   ',
        '421',
        'sss',
        '',
      ].join('\n'),
    );
  });

  it('breaks graphs at 80 columns and labels longer ages', () => {
    const s = new CommandSession();
    spike(s, 'command', 11, 3 * 86_400_000);
    spike(s, 'command', 12, 7_200_000);
    for (let i = 0; i < 90; i++) spike(s, 'command', 15, (90 - i) * 60_000);
    const lines = (s.call('LATENCY', 'GRAPH', 'command') as string).split('\n');
    const [first, second] = [lines.slice(2, 6), lines.slice(-8, -4)];
    expect(first.every((line) => line.length === 80)).toBe(true);
    expect(new Set(second.map((line) => line.length)).size).toBe(1);
    expect(lines[7].slice(0, 3)).toBe('321');
    expect(lines[8].slice(0, 3)).toBe('dhh');
  });

  it('gives advice', () => {
    const s = spiked();
    const report = s.call('LATENCY', 'DOCTOR') as string;
    expect(report).toMatch(/^Dave, I have observed latency spikes/);
    expect(report).toMatch(
      '1. command: 3 latency spikes (average 47ms, mean deviation 35ms, period 1.33 sec). Worst all time event 100ms.',
    );
    expect(report).toMatch(/slow log/);
    s.call('LATENCY', 'RESET');
    expect(s.call('LATENCY', 'DOCTOR')).toMatch(/^Dave, no latency spike was observed/);
    spike(s, 'unheard-of', 50);
    expect(s.call('LATENCY', 'DOCTOR')).toMatch(/not able to suggest any easy fix/);
  });

  it('shows how long calls took', () => {
    const s = new CommandSession({ version: 3 });
    const { registry } = s.engine;
    for (const microseconds of [0, 1, 3, 33, 34, 2_000_000]) registry.named('get')?.latency.record(microseconds);
    registry.named('config|get')?.latency.record(5);
    const get = { calls: 6, histogram_usec: { 1: 2, 4: 3, 33: 4, 66: 5, 1082130: 6 } };
    expect(s.call('LATENCY', 'HISTOGRAM', 'GET', 'nosuch', 'set')).toEqual({ get });
    expect(s.call('LATENCY', 'HISTOGRAM', 'config')).toEqual({
      'config|get': { calls: 1, histogram_usec: { 8: 1 } },
    });
    expect(s.call('LATENCY', 'HISTOGRAM')).toMatchObject({ get, 'config|get': { calls: 1 } });
  });
});

describe('LATENCY and SLOWLOG, beside Redis', () => {
  // No command is slow enough for the log, however busy the machine is.
  const both = besideRedis({ 'enable-debug-command': 'yes', 'slowlog-log-slower-than': '60000000' });

  it('answer mistakes and nothing as Redis does', async () => {
    await both.same(async (open) =>
      replies(
        await open(),
        'LATENCY',
        'LATENCY nosuch',
        'LATENCY GRAPH x',
        'LATENCY GRAPH',
        'LATENCY HISTORY x',
        'LATENCY LATEST',
        'LATENCY LATEST x',
        'LATENCY RESET a b',
        'LATENCY HISTOGRAM nosuch',
        'SLOWLOG',
        'SLOWLOG nosuch',
        'SLOWLOG RESET',
        'SLOWLOG LEN',
        'SLOWLOG LEN x',
        'SLOWLOG GET',
        'SLOWLOG GET -1',
        'SLOWLOG GET 1 2',
        'SLOWLOG GET -2',
        'SLOWLOG GET x',
        'SLOWLOG GET 99999999999999999999',
      ),
    );
  });

  it('log slow commands as Redis does', async () => {
    await both.same(async (open) => {
      const client = await open();
      await replies(
        client,
        'CONFIG SET slowlog-log-slower-than 0',
        'SLOWLOG RESET',
        'CLIENT SETNAME me',
        `SET long ${'x'.repeat(200)}`,
        `DEL ${Array.from({ length: 40 }, (_, i) => `k${i}`).join(' ')}`,
        'CONFIG SET requirepass secret requirepass secret',
        'CONFIG SET slowlog-log-slower-than -1',
      );
      const entries = (await client.call('SLOWLOG', 'GET', '2')) as unknown[][];
      const all = (await client.call('SLOWLOG', 'GET', '-1')) as unknown[][];
      // The numbers go on from whatever was logged before.
      return [entries.length, all.map(([id, , , args, , name]) => [Number(id) - Number(all[0][0]), args, name])];
    });
  });

  it('monitor slow commands as Redis does', async () => {
    const outcome = await both.same(async (open) => {
      const [client, waiting] = [await open(), await open()];
      await replies(client, 'LATENCY RESET', 'CONFIG SET latency-monitor-threshold 30', 'DEBUG SLEEP 0.05');
      const latest = (await client.call('LATENCY', 'LATEST')) as [string, number, number, number][];
      const graph = String(await client.call('LATENCY', 'GRAPH', 'command'));
      await replies(client, 'CONFIG SET latency-monitor-threshold 0');
      await replies(waiting, 'DEBUG SLEEP 0.05');
      return [
        latest.map(([name, , last, worst]) => [name, last === worst, last >= 50]),
        graph
          .split('\n')
          .slice(0, 2)
          .join()
          .replace(/\d+ ms/g, 'ms'),
        ((await client.call('LATENCY', 'HISTORY', 'command')) as unknown[]).length,
        // Names of events are those of Redis, but to forget one any case will do.
        ...(await replies(client, 'LATENCY HISTORY COMMAND', 'LATENCY RESET COMMAND nosuch', 'LATENCY LATEST')),
      ];
    });
    expect(outcome[0]).toEqual([['command', true, true]]);
  });

  it('track the latency of commands as Redis does', async () => {
    await both.same(async (open) => {
      const client = await open();
      const found: unknown[] = [];
      for (const percentiles of ['x', '101', '-1', '50 99 99.9 1x', '', '0 50 75.5 100 99.999', '50 50']) {
        found.push(String(await client.raw('CONFIG', 'SET', 'latency-tracking-info-percentiles', percentiles)));
        found.push(await client.call('CONFIG', 'GET', 'latency-tracking-info-percentiles'));
        const text = String(await client.call('INFO', 'latencystats'));
        found.push(/usec_config\|get:.*/.exec(text)?.[0].replace(/=[\d.]+/g, ''));
      }
      await client.call('CONFIG', 'RESETSTAT');
      await replies(client, 'GET k', 'GET k', 'CLIENT ID', 'CLIENT GETNAME', 'INCR k', 'LPUSH k a', 'GET');
      const histograms = (await client.call(
        ...['LATENCY', 'HISTOGRAM', 'client', 'nosuch', 'lpush', 'GET', 'client|id', 'set'],
      )) as (string | unknown[])[];
      found.push(histograms.map((each) => (typeof each === 'string' ? each : each.slice(0, 3))).sort());
      return found;
    });
  });

  it('drop what is too much from the slow log as Redis does', async () => {
    await both.same(async (open) =>
      replies(
        await open(),
        ...['CONFIG SET slowlog-log-slower-than 0', 'PING', 'PING', 'PING', 'CONFIG SET slowlog-max-len 2'],
        ...['SLOWLOG LEN', 'CONFIG SET slowlog-max-len 0', 'SLOWLOG LEN', 'CONFIG SET slowlog-max-len -1'],
        ...['CONFIG SET slowlog-max-len 128', 'CONFIG SET slowlog-log-slower-than -1', 'SLOWLOG RESET'],
      ),
    );
  });
});

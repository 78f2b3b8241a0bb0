/**
 * LATENCY DOCTOR: what the latency monitor has seen, and what may be done about it. Its first and last lines are those of
 * Redis, which tools look for.
 */
import type { LatencyEvent } from '../../dispatch/latency-monitor.ts';
import type { ServerServices } from '../../dispatch/server-services.ts';

interface Advice {
  /** The events that it is about. */
  readonly events: readonly string[];
  /** Empty where the settings are as they should be. */
  readonly text: (server: ServerServices) => string;
}

const DISK_EVENTS: readonly string[] = [
  'aof-write-pending-fsync',
  'aof-write-active-child',
  'aof-write-alone',
  'aof-fstat',
  'aof-rename',
  'rdb-unlink-temp-file',
];

const ADVICE: readonly Advice[] = [
  {
    events: ['command'],
    text({ latency, slowLog }) {
      const wanted = latency.thresholdMs * 1000;
      if (slowLog.thresholdUs < 0) {
        return `Slow commands are not logged. Turn the slow log on with 'CONFIG SET slowlog-log-slower-than ${wanted}' to see which they are.`;
      }
      if (slowLog.thresholdUs <= wanted) return '';
      return `The slow log leaves out commands that the latency monitor sees. Let it begin where the monitor does, with 'CONFIG SET slowlog-log-slower-than ${wanted}'.`;
    },
  },
  {
    events: ['command'],
    text: () => 'Look into the slow log (SLOWLOG GET) for the commands that took so long.',
  },
  {
    events: ['command', 'eventloop'],
    text: () =>
      'A command that goes through a large value, such as LRANGE 0 -1, SMEMBERS or HGETALL of many elements, takes its time. Ask for a part of it, or iterate with SCAN and its like.',
  },
  {
    events: ['fast-command'],
    text: () =>
      "Commands that do little were slow too, so the process did not get its processor: lower the load of the machine, give the server a core of its own, look for busy neighbours on the host, and measure with 'redis-cli --intrinsic-latency 100'.",
  },
  {
    events: DISK_EVENTS,
    text: () =>
      'The disk is slow. Use a local one, preferably solid-state, and keep other programs from writing to it at the same time.',
  },
  {
    events: ['aof-write-active-child'],
    text: () => "If it is acceptable to lose a little more after a power failure, turn 'no-appendfsync-on-rewrite' on.",
  },
  {
    events: ['aof-fsync-always'],
    text: () => "The fsync policy 'always' waits for the disk with every write. 'everysec' does not.",
  },
  {
    events: ['expire-cycle'],
    text: () => 'Many keys expire at the same time. Let their times to live differ a little.',
  },
  {
    events: ['eviction-del', 'eviction-cycle'],
    text: () =>
      'Memory ran short suddenly, and many keys had to be evicted. Lower maxmemory in steps, and leave room for the results of large STORE commands.',
  },
];

export function latencyReport(server: ServerServices): string {
  const { events, thresholdMs } = server.latency;
  if (events.size === 0) {
    return thresholdMs === 0
      ? `I'm sorry, Dave, I can't do that. Latency monitoring is disabled in this Redis instance. You may use "CONFIG SET latency-monitor-threshold <milliseconds>." in order to enable it.\n`
      : 'Dave, no latency spike was observed during the lifetime of this Redis instance, not in the slightest bit.\n';
  }
  const nowSeconds = Math.floor(server.clock.nowMs() / 1000);
  let text =
    "Dave, I have observed latency spikes in this Redis instance. You don't mind talking about it, do you Dave?\n\n";
  let number = 0;
  for (const [name, event] of events) text += `${++number}. ${summary(name, event, nowSeconds)}\n`;
  const advice = ADVICE.filter((each) => each.events.some((name) => events.has(name)))
    .map((each) => each.text(server))
    .filter((line) => line !== '');
  if (advice.length === 0)
    return `${text}\nWhile there are latency events logged, I'm not able to suggest any easy fix.\n`;
  return `${text}\nI have a few advices for you:\n\n${advice.map((line) => `- ${line}\n`).join('')}`;
}

function summary(name: string, { samples, maxMilliseconds }: LatencyEvent, nowSeconds: number): string {
  const values = samples.map(({ milliseconds }) => milliseconds);
  const average = Math.floor(mean(values));
  const deviation = Math.floor(mean(values.map((value) => Math.abs(value - average))));
  const period = Math.max(1, nowSeconds - Math.min(...samples.map(({ atSeconds }) => atSeconds)));
  const spikes = `${samples.length} latency spikes (average ${average}ms, mean deviation ${deviation}ms, period ${(period / samples.length).toFixed(2)} sec)`;
  return `${name}: ${spikes}. Worst all time event ${maxMilliseconds}ms.`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

import { describe, expect, it } from 'vitest';
import { Shutdown, type ShutdownRequest } from '../../src/program/shutdown.ts';
import { RecordedLog } from './recorded-log.ts';

const REQUEST: ShutdownRequest = { save: 'default', now: false, force: false };

class Steps {
  readonly order: string[] = [];
  readonly exited: Promise<number>;
  exit!: (status: number) => void;
  readonly log: RecordedLog['log'];
  private readonly ready: () => Promise<boolean>;

  constructor(recorded: RecordedLog, ready: () => Promise<boolean> = async () => true) {
    this.log = recorded.log;
    this.ready = ready;
    this.exited = new Promise((resolve) => {
      this.exit = resolve;
    });
  }

  prepare(): Promise<boolean> {
    this.order.push('prepare');
    return this.ready();
  }

  async announce(): Promise<void> {
    this.order.push('announce');
  }

  async close(): Promise<void> {
    this.order.push('close');
  }
}

describe('a shutdown', () => {
  it('prepares, announces itself, closes and exits, once however often it is asked for', async () => {
    using recorded = await RecordedLog.open();
    const steps = new Steps(recorded);
    const shutdown = new Shutdown(steps);
    expect(shutdown.isUnderWay).toBe(false);
    void shutdown.request(REQUEST);
    void shutdown.request(REQUEST);
    expect(shutdown.isUnderWay).toBe(true);
    expect(await steps.exited).toBe(0);
    expect(steps.order).toEqual(['prepare', 'announce', 'close']);
    expect(recorded.lines).toEqual(['# User requested shutdown...', '# Redis is now ready to exit, bye bye...']);
    expect(shutdown.abort()).toBe(false);
  });

  it('fails where the server cannot stop, and may be tried again', async () => {
    using recorded = await RecordedLog.open();
    let saves = false;
    const steps = new Steps(recorded, async () => saves);
    const shutdown = new Shutdown(steps);
    expect(await shutdown.request(REQUEST)).toBe('Errors trying to SHUTDOWN. Check logs.');
    expect(shutdown.isUnderWay).toBe(false);
    expect(recorded.lines.at(-1)).toBe('# Errors trying to shut down the server. Check the logs for more information.');
    saves = true;
    void shutdown.request(REQUEST);
    expect(await steps.exited).toBe(0);
    expect(steps.order).toEqual(['prepare', 'prepare', 'announce', 'close']);
  });

  it('does not fail by force', async () => {
    using recorded = await RecordedLog.open();
    const steps = new Steps(recorded, async () => false);
    void new Shutdown(steps).request({ ...REQUEST, force: true });
    expect(await steps.exited).toBe(0);
  });

  it('can be aborted while it waits', async () => {
    using recorded = await RecordedLog.open();
    let goOn = (_may: boolean): void => undefined;
    const steps = new Steps(recorded, () => new Promise((resolve) => (goOn = resolve)));
    const shutdown = new Shutdown(steps);
    expect(shutdown.abort()).toBe(false);
    const reply = shutdown.request(REQUEST);
    await Promise.resolve();
    expect(steps.order).toEqual(['prepare']);
    expect(shutdown.abort()).toBe(true);
    expect(shutdown.abort()).toBe(false);
    goOn(true);
    expect(await reply).toBe('Errors trying to SHUTDOWN. Check logs.');
    expect(steps.order).toEqual(['prepare']);
    expect(recorded.lines.at(-1)).toBe('* Shutdown manually aborted.');
  });
});

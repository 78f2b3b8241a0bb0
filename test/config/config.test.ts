import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { Config } from '../../src/config/config.ts';
import { ConfigError } from '../../src/config/config-error.ts';
import { directives, namedDirectives } from '../../src/config/directives/index.ts';
import { EVENT_KEYSPACE, EVENT_NEW } from '../../src/config/kinds/event-classes.ts';

function value(config: Config, name: string): string {
  return config.match([name])[0][1];
}

describe('the table of directives', () => {
  it('names each directive once', () => {
    const names = directives.flatMap(({ name, facts }) => [name, ...(facts.alias === undefined ? [] : [facts.alias])]);
    expect(new Set(names).size).toBe(names.length);
    expect(namedDirectives).toHaveLength(names.length);
  });

  it('describes each directive in whole sentences', () => {
    for (const { name, facts } of directives) {
      expect([name, facts.summary]).toEqual([name, expect.stringMatching(/^[A-Z].*\.$/)]);
      expect([name, facts.ignored ?? 'without']).toEqual([name, expect.not.stringMatching(/[.]$/)]);
    }
  });

  it('reads every default back from its own text', () => {
    for (const directive of directives) {
      const initial = directive.initial();
      const parsed = directive.parse(directive.words(initial), initial, false);
      expect([directive.name, parsed]).toEqual([directive.name, { value: initial, error: null }]);
      expect(directive.store(directive.view(initial))).toEqual(initial);
    }
  });
});

describe('Config.get', () => {
  it('has the type of the directive', () => {
    const config = Config.defaults();
    expectTypeOf(config.get('appendonly')).toEqualTypeOf<boolean>();
    expectTypeOf(config.get('maxmemory')).toEqualTypeOf<number>();
    expectTypeOf(config.get('dbfilename')).toEqualTypeOf<string>();
    expectTypeOf(config.get('appendfsync')).toEqualTypeOf<'everysec' | 'always' | 'no'>();
    expectTypeOf(config.get('bind')).toEqualTypeOf<readonly string[]>();
    expect(config.get('save')).toEqual([
      { seconds: 3600, changes: 1 },
      { seconds: 300, changes: 100 },
      { seconds: 60, changes: 10000 },
    ]);
    expect(config.get('client-output-buffer-limit').pubsub).toEqual({
      hardBytes: 33554432,
      softBytes: 8388608,
      softSeconds: 60,
    });
    expect(config.get('replicaof')).toBeNull();
  });

  it('reads texts as UTF-8, and passwords as bytes', () => {
    const config = Config.defaults();
    const bytes = Buffer.from('é').toString('latin1');
    expect(
      config.set([
        ['masterauth', bytes],
        ['replica-announce-ip', bytes],
      ]),
    ).toBeNull();
    expect(config.get('replica-announce-ip')).toBe('é');
    expect(config.get('masterauth')).toBe(bytes);
    expect(value(config, 'replica-announce-ip')).toBe(bytes);
  });

  it('keeps 64-bit values exact', () => {
    const config = Config.defaults();
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (bytes) => {
        expect(config.set([['maxmemory', String(bytes)]])).toBeNull();
        expect(value(config, 'maxmemory')).toBe(String(bytes));
        expect(config.get('maxmemory')).toBe(Number(bytes));
      }),
    );
  });

  it('is independent of other instances', () => {
    const one = Config.defaults();
    const other = Config.defaults();
    one.set([['timeout', '7']]);
    expect([one.get('timeout'), other.get('timeout')]).toEqual([7, 0]);
  });
});

describe('Config.set', () => {
  it('sets all pairs or none', () => {
    const config = Config.defaults();
    const before = config.match(['*']);
    const refusal = config.set([
      ['timeout', '5'],
      ['slave-priority', '6'],
      ['replica-priority', '7'],
      ['maxmemory', '1gb'],
      ['hz', 'often'],
    ]);
    expect(refusal).toMatchObject({
      name: 'hz',
      reply: "ERR CONFIG SET failed (possibly related to argument 'hz') - argument couldn't be parsed into an integer",
    });
    expect(config.match(['*'])).toEqual(before);
    expect(config.isGiven('timeout')).toBe(false);
  });

  it('refuses some directives while loading, and protected ones from afar', () => {
    const config = Config.defaults();
    expect(config.set([['appendonly', 'yes']], { loading: true })).toMatchObject({
      reply: 'LOADING Redis is loading the dataset in memory',
    });
    expect(config.set([['dbfilename', 'x']], { local: true })).toMatchObject({ error: "can't set protected config" });
    config.override('enable-protected-configs', 'local');
    expect(config.set([['dbfilename', 'x']])).toMatchObject({ error: "can't set protected config" });
    expect(config.set([['dbfilename', 'x']], { local: true })).toBeNull();
    config.override('enable-protected-configs', 'yes');
    expect(
      config.set([
        ['dbfilename', 'y'],
        ['dir', '/'],
      ]),
    ).toBeNull();
    expect([config.get('dbfilename'), config.get('dir')]).toEqual(['y', '/']);
    expect(config.set([['dir', '/no/such']])).toMatchObject({ error: 'No such file or directory' });
    expect(config.set([['dir', '/dev/null']])).toMatchObject({ error: 'Not a directory' });
  });

  it('goes back, the subsystems too, when one refuses', () => {
    const config = Config.defaults();
    const calls: string[] = [];
    config.beforeChange('timeout', (next, previous) => {
      calls.push(`timeout ${previous} to ${next}, port ${config.get('port')}`);
      return null;
    });
    config.beforeChange('port', (next) => {
      calls.push(`port ${next}`);
      return next === 1 ? 'Unable to listen on this port. Check server logs.' : null;
    });
    config.onChange('timeout', () => calls.push('told'));
    const refusal = config.set([
      ['timeout', '9'],
      ['port', '1'],
    ]);
    expect(refusal).toEqual({
      name: 'port',
      error: 'Unable to listen on this port. Check server logs.',
      reply:
        "ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check server logs.",
      undoErrors: [],
    });
    expect(calls).toEqual(['timeout 0 to 9, port 1', 'port 1', 'timeout 9 to 0, port 6379']);
    expect([config.get('timeout'), config.get('port')]).toEqual([0, 6379]);
  });

  it('asks an applier of several directives once, and none about what stays the same', () => {
    const config = Config.defaults();
    const calls: unknown[] = [];
    const end = config.beforeChangeOfAny(['port', 'bind', 'timeout'], () => {
      calls.push([config.get('port'), config.get('bind')]);
      return null;
    });
    config.set([
      ['port', '1'],
      ['bind', '127.0.0.1'],
      ['hz', '20'],
    ]);
    config.set([['port', '1']]);
    end();
    config.set([['port', '2']]);
    expect(calls).toEqual([[1, ['127.0.0.1']]]);
  });

  it('reads a certificate again when its path is set to the same', () => {
    const config = Config.defaults();
    let read = 0;
    config.onChangeOfAny(['tls-cert-file', 'tls-key-file'], () => {
      read++;
    });
    config.set([
      ['tls-cert-file', 'a'],
      ['tls-key-file', 'b'],
    ]);
    config.set([['tls-cert-file', 'a']]);
    config.set([['timeout', '1']]);
    expect(read).toBe(2);
  });

  it('waits for appliers that need time, and lets the next change wait', async () => {
    const config = Config.defaults();
    const log: string[] = [];
    config.beforeChange('port', async (next, previous) => {
      log.push(`${previous} to ${next}`);
      await Promise.resolve();
      return next === 2 ? 'taken' : null;
    });
    config.onChange('port', (next) => log.push(`told ${next}`));
    const first = config.set([['port', '1']]);
    const second = config.set([['port', '2']]);
    const third = config.set([['port', '3']]);
    expect(await first).toBeNull();
    expect(await second).toMatchObject({ error: 'taken' });
    expect(await third).toBeNull();
    expect(log).toEqual(['6379 to 1', 'told 1', '1 to 2', '1 to 3', 'told 3']);
    expect(config.set([['timeout', '4']])).toBeNull();
  });

  it('reports what could not be undone', async () => {
    const config = Config.defaults();
    config.beforeChange('port', (next) => Promise.resolve(next === 6379 ? 'gone' : null));
    config.beforeChange('timeout', () => 'never');
    expect(
      await config.set([
        ['port', '1'],
        ['timeout', '1'],
      ]),
    ).toMatchObject({
      name: 'timeout',
      undoErrors: ['port: gone'],
    });
  });
});

describe('Config.override', () => {
  it('takes values and texts, immutable or not, and tells the listeners', () => {
    const config = Config.defaults();
    const seen: unknown[] = [];
    config.watch('replicaof', (primary) => seen.push(primary));
    config.override('replicaof', { host: 'example.org', port: 1 });
    config.override('replicaof', 'example.org 2');
    config.override('replicaof', null);
    expect(seen).toEqual([null, { host: 'example.org', port: 1 }, { host: 'example.org', port: 2 }, null]);
    config.override('save', []);
    config.override('maxmemory', '2gb');
    config.override('unixsocketperm', 0o700);
    config.override('appendonly', true);
    config.override('requirepass', 'pässword');
    config.override('bind', ['127.0.0.1']);
    config.override('notify-keyspace-events', EVENT_KEYSPACE | EVENT_NEW);
    config.override('client-output-buffer-limit', 'normal 1kb 0 0');
    expect(config.match(['save', 'maxmemory', 'unixsocketperm', 'appendonly', 'requirepass', 'bind'])).toEqual([
      ['save', ''],
      ['maxmemory', '2147483648'],
      ['unixsocketperm', '700'],
      ['appendonly', 'yes'],
      ['requirepass', Buffer.from('pässword').toString('latin1')],
      ['bind', '127.0.0.1'],
    ]);
    expect(value(config, 'notify-keyspace-events')).toBe('nK');
    expect(config.get('client-output-buffer-limit').normal.hardBytes).toBe(1024);
  });

  it('throws for values that are not accepted', () => {
    const config = Config.defaults();
    expect(() => config.override('port', 70000)).toThrow(ConfigError);
    expect(() => config.override('port', 70000)).toThrow('port: argument must be between 0 and 65535 inclusive');
    expect(config.get('port')).toBe(6379);
  });
});

describe('ignored directives', () => {
  it('are kept and listed once they are given', () => {
    const config = Config.defaults();
    expect(config.ignoredSettings()).toEqual([]);
    config.set([
      ['jemalloc-bg-thread', 'no'],
      ['timeout', '1'],
    ]);
    expect(value(config, 'jemalloc-bg-thread')).toBe('no');
    expect(config.ignoredSettings().map(({ name }) => name)).toEqual(['jemalloc-bg-thread']);
  });
});

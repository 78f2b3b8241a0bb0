import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Config } from '../../src/config/config.ts';
import type { Session } from '../../src/dispatch/session.ts';
import { Engine, type EngineOptions } from '../../src/engine.ts';
import { Args } from '../../src/protocol/args.ts';
import { CaptureWriter, type PlainValue, toPlain } from '../../src/protocol/capture-writer.ts';
import { ReplyError } from '../../src/protocol/reply-error.ts';

const FOREVER = 'while true do end';

/** A server whose scripts take too long after a millisecond, and its clients. */
class Subject {
  readonly engine: Engine;

  constructor(options: EngineOptions = {}) {
    const config = Config.defaults();
    config.override('busy-reply-threshold', 1);
    this.engine = new Engine({ config, ...options });
  }

  client(): Client {
    return new Client(this.engine);
  }
}

class Client {
  private readonly writer = new CaptureWriter(2);
  private readonly session: Session;
  private readonly engine: Engine;

  constructor(engine: Engine) {
    this.engine = engine;
    this.session = engine.openSession(this.writer);
  }

  /** What has been answered, errors as their lines; undefined while nothing has. */
  send(...words: string[]): PlainValue | undefined {
    this.engine.execute(this.session, Args.of(...words));
    return this.taken();
  }

  taken(): PlainValue | undefined {
    if (this.session.suspended) return undefined;
    const [reply] = this.writer.takeAll();
    if (reply === undefined) return undefined;
    return reply instanceof ReplyError ? reply.line : toPlain(reply, { encoding: 'utf8' });
  }

  async answer(): Promise<PlainValue> {
    for (;;) {
      const reply = this.taken();
      if (reply !== undefined) return reply;
      await sleep(1);
    }
  }
}

test('a script that takes too long is interrupted, others hear BUSY, and it can be killed', async () => {
  const subject = new Subject();
  const [slow, other] = [subject.client(), subject.client()];
  expect(slow.send('EVAL', FOREVER, '0')).toBeUndefined();
  const busy = 'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.';
  expect(other.send('GET', 'k')).toBe(busy);
  expect(other.send('FUNCTION', 'KILL')).toBe(busy);
  expect(other.send('FUNCTION', 'STATS')).toBe(busy);
  expect(other.send('SHUTDOWN')).toBe(busy);
  await sleep(20);
  expect(other.send('SCRIPT', 'KILL')).toBe('OK');
  expect(await slow.answer()).toMatch(
    /^ERR Script killed by user with SCRIPT KILL\.\.\. script: [0-9a-f]{40}, on @user_script:1\.$/,
  );
  expect(other.send('SET', 'k', 'v')).toBe('OK');
  expect(other.send('SCRIPT', 'KILL')).toBe('NOTBUSY No scripts in execution right now.');
  expect(slow.send('EVAL', "return redis.call('get', 'k')", '0')).toBe('v');
});

test.each([
  ['pcall', `while true do pcall(function() ${FOREVER} end) end`],
  ['xpcall', `xpcall(function() ${FOREVER} end, function() end)`],
  ["xpcall's handler", `xpcall(error, function() ${FOREVER} end)`],
  ['resume', `coroutine.resume(coroutine.create(function() pcall(function() ${FOREVER} end) end))`],
  ['wrap', `coroutine.wrap(function() ${FOREVER} end)()`],
])('%s does not keep a script from being killed', async (_name, script) => {
  const subject = new Subject();
  const [slow, other] = [subject.client(), subject.client()];
  expect(slow.send('EVAL', script, '0')).toBeUndefined();
  await sleep(20);
  expect(other.send('SCRIPT', 'KILL')).toBe('OK');
  expect(await slow.answer()).toContain('Script killed by user');
});

/** Takes so long that the script is interrupted many times, wherever it is called. */
const SLOW = 'local function slow() local t = os_time for i = 1, 3000000 do t = i end return t end ';

test.each([
  ['plainly', 'return slow()', 3000000],
  ['in pcall', 'return select(2, pcall(slow))', 3000000],
  ['in nested pcalls', 'return select(4, pcall(pcall, pcall, slow))', 3000000],
  ['before an error', "return select(2, pcall(function() slow() error('after', 0) end))", 'after'],
  [
    'in xpcall',
    'return select(2, xpcall(function() error(slow(), 0) end, function(e) return slow() + e end))',
    6000000,
  ],
  [
    'in coroutines',
    'local co = coroutine.wrap(function() for i = 1, 2 do slow() coroutine.yield(i) end end) return {co(), co()}',
    [1, 2],
  ],
  [
    'in a failing coroutine',
    "local ok, e = pcall(coroutine.wrap(function() slow() error('deep') end)) return e",
    'user_script:1: deep',
  ],
  ['in a callback, where it can not be', "return (string.gsub('a', 'a', function() return slow() end))", '3000000'],
  [
    'between commands',
    "redis.call('set', 'n', 1) slow() redis.call('incr', 'n') slow() return redis.call('get', 'n')",
    '2',
  ],
])(
  'an interrupted script goes on as if nothing had been: %s',
  async (_name, script, expected) => {
    const subject = new Subject();
    const client = subject.client();
    const reply = client.send('EVAL', SLOW.replace('os_time', 'nil') + script, '0') ?? (await client.answer());
    expect(reply).toEqual(expected);
  },
  30_000,
);

test('a script that has written is not killed, and nobody sees it half done', async () => {
  const subject = new Subject();
  const [slow, other] = [subject.client(), subject.client()];
  const script = `redis.call('set', 'k', 1) for i = 1, 20000000 do end redis.call('set', 'k', 2)`;
  expect(slow.send('EVAL', script, '0')).toBeUndefined();
  expect(other.send('SCRIPT', 'KILL')).toMatch(/^UNKILLABLE Sorry the script already executed write commands/);
  expect(other.send('GET', 'k')).toMatch(/^BUSY /);
  await slow.answer();
  expect(other.send('GET', 'k')).toBe('2');
}, 30_000);

test('a transaction goes on behind a script that was interrupted', async () => {
  const subject = new Subject();
  const client = subject.client();
  const log: string[] = [];
  subject.engine.writeLog.subscribe({
    append: (_database, args) => log.push(args.at(0).toString()),
    beginUnit: () => log.push('begin'),
    endUnit: () => log.push('end'),
  });
  client.send('MULTI');
  client.send('SET', 'k', '1');
  client.send('EVAL', `for i = 1, 3000000 do end return redis.call('incr', 'k')`, '0');
  client.send('INCR', 'k');
  client.send('EVAL', `for i = 1, 3000000 do end return redis.call('incr', 'k')`, '0');
  expect(client.send('EXEC')).toBeUndefined();
  expect(await client.answer()).toEqual(['OK', 2, 3, 4]);
  expect(log).toEqual(['begin', 'SET', 'incr', 'INCR', 'incr', 'end']);
});

test('functions are interrupted and killed by FUNCTION KILL', async () => {
  const subject = new Subject();
  const [slow, other] = [subject.client(), subject.client()];
  slow.send('FUNCTION', 'LOAD', `#!lua name=l\nredis.register_function('f', function() ${FOREVER} end)`);
  expect(slow.send('FCALL', 'f', '0')).toBeUndefined();
  const busy = 'BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.';
  expect(other.send('GET', 'k')).toBe(busy);
  expect(other.send('SCRIPT', 'KILL')).toBe(busy);
  const stats = other.send('FUNCTION', 'STATS');
  expect(stats).toMatchObject([
    'running_script',
    ['name', 'f', 'command', ['FCALL', 'f', '0'], 'duration_ms', expect.any(Number)],
    'engines',
    ['LUA', ['libraries_count', 1, 'functions_count', 1]],
  ]);
  expect(other.send('FUNCTION', 'KILL')).toBe('OK');
  expect(await slow.answer()).toMatch(
    /^ERR Script killed by user with SCRIPT KILL\.\.\. script: f, on @user_function:2\.$/,
  );
});

/** Scripts that never come out of a place where they can't be suspended. */
const STUCK = [
  ['a comparator', `local t = {3, 1, 2} table.sort(t, function() ${FOREVER} end)`],
  ["gsub's callback", `string.gsub('a', 'a', function() ${FOREVER} end)`],
  ['pcall in a callback', `string.gsub('a', 'a', function() while true do pcall(function() ${FOREVER} end) end end)`],
  ['xpcall in a callback', `string.gsub('a', 'a', function() xpcall(error, function() ${FOREVER} end) end)`],
  ['__index', `return setmetatable({}, {__index = function() ${FOREVER} end}).x`],
  ['__lt', `local m = {__lt = function() ${FOREVER} end} return setmetatable({}, m) < setmetatable({}, m)`],
  ['__concat', `return setmetatable({}, {__concat = function() ${FOREVER} end}) .. 'x'`],
  ['__tostring', `return tostring(setmetatable({}, {__tostring = function() ${FOREVER} end}))`],
  ['an iterator', `for _ in function() ${FOREVER} end do end`],
  ['table.foreach', `table.foreach({1}, function() ${FOREVER} end)`],
  ["load's reader", `load(function() ${FOREVER} end)`],
  ['a coroutine in a callback', `string.gsub('a', 'a', coroutine.wrap(function() ${FOREVER} end))`],
] as const;

test.each(STUCK)(
  'where it can not be suspended, others are served in its midst, and it can be killed: %s',
  (_, script) => {
    const heard: unknown[] = [];
    const subject = new Subject({
      pollClients: () => {
        heard.push(other.send('GET', 'k'));
        if (heard.length === 3) heard.push(other.send('SCRIPT', 'KILL'));
      },
    });
    const [slow, other] = [subject.client(), subject.client()];
    // The session that scripts use for their commands is left as it was.
    expect(slow.send('EVAL', "redis.call('select', 3) return 1", '0')).toBe(1);
    expect(slow.send('EVAL', script, '0')).toMatch(
      /^ERR Script killed by user with SCRIPT KILL\.\.\. script: [0-9a-f]{40}, on @user_script:1\.$/,
    );
    const busy = expect.stringMatching(/^BUSY Redis is busy running a script/);
    expect(heard).toEqual([busy, busy, busy, 'OK']);
    expect(other.send('SCRIPT', 'KILL')).toBe('NOTBUSY No scripts in execution right now.');
    expect(slow.send('SET', 'k', 'v')).toBe('OK');
    // The interpreter is sound.
    const sound = "return {#KEYS, redis.call('get', KEYS[1]), pcall(error, 'e'), (string.gsub('ab', '.', {a = 'x'}))}";
    expect(slow.send('EVAL', sound, '1', 'k')).toEqual([1, 'v', null, 'xb']);
  },
);

test('a script that comes out of such a place goes on, and is suspended then', async () => {
  let polls = 0;
  const subject = new Subject({ pollClients: () => polls++ });
  const client = subject.client();
  const script =
    "local s = string.gsub('a', 'a', function() for i = 1, 20000000 do end return 'b' end) for i = 1, 20000000 do end return s";
  expect(client.send('EVAL', script, '0')).toBeUndefined();
  expect(polls).toBeGreaterThan(0);
  expect(await client.answer()).toBe('b');
  expect(client.send('GET', 'k')).toBeNull();
}, 30_000);

test('a transaction goes on behind a script that was killed in such a place', () => {
  const subject = new Subject({ pollClients: () => other.send('SCRIPT', 'KILL') });
  const [client, other] = [subject.client(), subject.client()];
  client.send('MULTI');
  client.send('SET', 'k', '1');
  client.send('EVAL', STUCK[0][1], '0');
  client.send('INCR', 'k');
  const [set, killed, incremented] = client.send('EXEC') as PlainValue[];
  expect([set, incremented]).toEqual(['OK', 2]);
  expect(JSON.stringify(killed)).toContain('Script killed by user');
});

test('functions that were killed in such a place can be called again', () => {
  const subject = new Subject({ pollClients: () => other.send('FUNCTION', 'KILL') });
  const [client, other] = [subject.client(), subject.client()];
  const library = `#!lua name=l
local calls = 0
redis.register_function('f', function(keys, args)
  calls = calls + 1
  string.gsub('a', 'a', function() while args[1] == 'stuck' do end end)
  return calls
end)`;
  client.send('FUNCTION', 'LOAD', library);
  expect(client.send('FCALL', 'f', '0', '')).toBe(1);
  for (let i = 0; i < 20; i++) expect(client.send('FCALL', 'f', '0', 'stuck')).toContain('Script killed by user');
  expect(client.send('FCALL', 'f', '0', '')).toBe(22);
});

test('a script that has written in such a place ends unanswered when the server is to stop', async () => {
  let refuse: (reason: string) => void = () => undefined;
  let asked: unknown;
  const subject = new Subject({
    pollClients: () => {
      expect(other.send('SCRIPT', 'KILL')).toMatch(/^UNKILLABLE /);
      expect(other.send('SHUTDOWN')).toMatch(/^BUSY /);
      other.send('SHUTDOWN', 'NOSAVE');
    },
    shutdown: (request) => {
      asked = request;
      return new Promise((resolve) => {
        refuse = resolve;
      });
    },
  });
  const log: string[] = [];
  subject.engine.writeLog.subscribe({
    append: (_database, args) => log.push(args.at(0).toString()),
    beginUnit: () => log.push('begin'),
    endUnit: () => log.push('end'),
  });
  const [client, other] = [subject.client(), subject.client()];
  expect(client.send('EVAL', `redis.call('set', 'k', 1) ${STUCK[1][1]}`, '0')).toBeUndefined();
  expect(asked).toEqual({ save: 'nosave', now: false, force: false });
  expect(subject.client().send('GET', 'k')).toMatch(/^BUSY /);
  expect(log).toEqual(['begin', 'set']);
  refuse('it does not stop after all');
  expect(await client.answer()).toContain('Script killed by user');
  expect(log).toEqual(['begin', 'set', 'end']);
  expect(client.send('GET', 'k')).toBe('1');
});

test('a server that can not be stopped goes on with the script', async () => {
  let polls = 0;
  const subject = new Subject({
    pollClients: () => {
      if (polls++ === 0) other.send('SHUTDOWN', 'NOSAVE');
    },
  });
  const [client, other] = [subject.client(), subject.client()];
  const script = "return (string.gsub('a', 'a', function() for i = 1, 20000000 do end return 'b' end))";
  expect(client.send('EVAL', script, '0')).toBe('b');
  expect(await other.answer()).toMatch(/^ERR Errors trying to SHUTDOWN/);
}, 30_000);

import { expect, test } from 'vitest';
import { Args } from '../../../src/protocol/args.ts';
import { CaptureWriter, toPlain } from '../../../src/protocol/capture-writer.ts';
import { CommandSession } from '../../support/command-session.ts';

const sha = 'e0e1f9fabfc9d4800c877a703b823ac0578ff8db';

test('EVAL answers, caches, and EVALSHA runs what is cached', () => {
  const s = new CommandSession();
  expect(s.error('EVALSHA', sha, 0)).toBe('NOSCRIPT No matching script. Please use EVAL.');
  expect(s.call('SCRIPT', 'EXISTS', sha, 'x')).toEqual([0, 0]);
  expect(s.call('EVAL', 'return 1', 0)).toBe(1);
  expect(s.call('SCRIPT', 'EXISTS', sha.toUpperCase(), sha)).toEqual([1, 1]);
  expect(s.call('EVALSHA', sha.toUpperCase(), 0)).toBe(1);
  expect(s.call('SCRIPT', 'LOAD', 'return 1')).toBe(sha);
  expect(s.call('SCRIPT', 'FLUSH')).toBe('OK');
  expect(s.error('EVALSHA', sha, 0)).toBe('NOSCRIPT No matching script. Please use EVAL.');
  expect(s.error('EVALSHA', 'short', 'x')).toBe('NOSCRIPT No matching script. Please use EVAL.');
  expect(s.error('EVAL', 'return 1', 'x')).toBe('ERR value is not an integer or out of range');
  expect(s.error('EVAL', 'return 1', 1)).toBe("ERR Number of keys can't be greater than number of args");
  expect(s.error('EVAL', 'return 1', -1)).toBe("ERR Number of keys can't be negative");
  expect(s.error('SCRIPT', 'FLUSH', 'later')).toBe('ERR SCRIPT FLUSH only support SYNC|ASYNC option');
  expect(s.error('SCRIPT', 'KILL')).toBe('NOTBUSY No scripts in execution right now.');
});

test('bytes go in and out as they are', () => {
  const s = new CommandSession();
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  s.call('EVAL', "redis.call('set', KEYS[1], ARGV[1])", 1, bytes, bytes);
  expect(s.reply('GET', bytes)).toEqual(bytes);
  expect(s.reply('EVAL', "return redis.call('get', KEYS[1])", 1, bytes)).toEqual(bytes);
  expect(s.reply('EVAL', 'return ARGV[1]', 0, bytes)).toEqual(bytes);
  const long = new Uint8Array(70_000).fill(0xff);
  expect(s.reply('EVAL', "redis.call('set', 'l', ARGV[1]) return redis.call('get', 'l')", 0, long)).toEqual(long);
});

test('what a script writes is logged as one unit', () => {
  const s = new CommandSession();
  const { log } = s.effectOf(
    'EVAL',
    "redis.call('set', 'a', 1) redis.call('incr', 'a') return redis.call('get', 'a')",
    0,
  );
  expect(log).toEqual(['begin', 'set a 1', 'incr a', 'end']);
  expect(s.effectOf('EVAL', "redis.set_repl(redis.REPL_NONE) redis.call('set', 'a', 1)", 0).log).toEqual([
    'begin',
    'end',
  ]);
  expect(s.effectOf('EVAL', "redis.call('spop', 'none') return redis.call('get', 'a')", 0).log).toEqual([
    'begin',
    'end',
  ]);
  s.call('MULTI');
  s.call('EVAL', "redis.call('set', 'b', 1)", 0);
  s.call('SET', 'c', 2);
  expect(s.effectOf('EXEC').log).toEqual(['begin', 'set b 1', 'SET c 2', 'end']);
});

test('read-only scripts, declared or called as such, write nothing', () => {
  const s = new CommandSession();
  const refused = 'ERR Write commands are not allowed from read-only scripts. script: ';
  expect(s.error('EVAL_RO', "return redis.call('set', 'a', 1)", 0)).toContain(refused);
  expect(s.error('EVAL', "#!lua flags=no-writes\nreturn redis.call('set', 'a', 1)", 0)).toContain(refused);
  expect(s.call('EVAL', "#!lua\nreturn redis.call('set', 'a', 1)", 0)).toBe('OK');
  expect(s.error('EVAL_RO', '#!lua\nreturn 1', 0)).toBe(
    'ERR Can not execute a script with write flag using *_ro command.',
  );
  expect(s.call('EVAL_RO', "return redis.call('get', 'a')", 0)).toBe('1');
  expect(s.error('EVAL', '#!lua flags=none\nreturn 1', 0)).toBe('ERR Unexpected flag in script shebang: none');
  expect(s.error('EVAL', '#!lua name=x\nreturn 1', 0)).toBe('ERR Unknown lua shebang option: name=x');
  expect(s.error('EVAL', '#!js\nreturn 1', 0)).toBe('ERR Unexpected engine in script shebang: #!js');
  expect(s.error('EVAL', '#!lua', 0)).toBe('ERR Invalid script shebang');
  expect(s.error('EVAL', '#!lua\n\nerror("x")', 0)).toContain('on @user_script:3.');
});

test('time stands still in a script', () => {
  const s = new CommandSession();
  s.call('SET', 'k', 'v', 'PX', 100);
  expect(s.call('EVAL', "return {redis.call('pttl', 'k'), redis.call('get', 'k')}", 0)).toEqual([100, 'v']);
  s.clock.advance(101);
  expect(s.call('EVAL', "return redis.call('get', 'k')", 0)).toBeNull();
});

test('a script selects its own database only', () => {
  const s = new CommandSession();
  s.call('EVAL', "redis.call('select', 5) redis.call('set', 'k', 'five')", 0);
  expect(s.call('GET', 'k')).toBeNull();
  s.call('SELECT', 5);
  expect(s.call('EVAL', "return redis.call('get', 'k')", 0)).toBe('five');
});

test('a script serves clients that wait when it has ended', () => {
  const s = new CommandSession();
  const writer = new CaptureWriter(2);
  const waiting = s.engine.openSession(writer);
  s.engine.execute(waiting, Args.of('BLPOP', 'l', '0'));
  expect(s.call('EVAL', "redis.call('rpush', 'l', 1, 2) return redis.call('llen', 'l')", 0)).toBe(2);
  expect(toPlain(writer.take(), { encoding: 'utf8' })).toEqual(['l', '1']);
});

test.each([
  ['local f f = function() return pcall(f) end f()', null],
  ['local function f() return f() + 1 end return f()', 'stack overflow'],
  ["local s = 'x' while true do s = s .. s end", 'not enough memory'],
  ['local t = {} while true do t = {t, t, {}} end', 'not enough memory'],
  ["local f f = function(x) return (string.gsub('x', 'x', f)) end f()", 'stack overflow'],
  [
    'local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k + 1] end return t[1]',
    'C stack overflow',
  ],
  ['local f f = function() return coroutine.wrap(f)() end f()', 'C stack overflow'],
  ["local x = string.rep('(', 300) .. string.rep(')', 300) return loadstring(x)() ", 'nil value'],
  ["return string.find(string.rep('a', 100000), string.rep('a?', 100000))", 'stack overflow'],
  ["local t = {} for i = 1, 300 do t[i] = i end table.sort(t, function() error('no order') end)", 'no order'],
  ["return cjson.decode(string.rep('[', 5000))", 'Found too many nested data structures (1001)'],
  ['return cmsgpack.unpack(string.rep(string.char(0x91), 100000))', 'stack overflow'],
  ['error({})', 'no text'],
])(
  '%s does not end the server',
  (script, message) => {
    const s = new CommandSession({ config: { 'busy-reply-threshold': '0' } });
    if (message === null) s.reply('EVAL', script, 0);
    else expect(s.error('EVAL', script, 0)).toContain(message);
    expect(s.call('EVAL', "return redis.call('set', 'k', 'v')", 0)).toBe('OK');
    expect(s.call('GET', 'k')).toBe('v');
  },
  60_000,
);

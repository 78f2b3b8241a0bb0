/** Debugging sessions beside Redis's: the same script, the same commands, the same lines. */
import { createConnection, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRedis } from '../support/redis-server.ts';
import { hasReferenceRedis } from '../support/redis-tools.ts';
import { type Command, encodeCommand, RespClient } from '../support/resp-client.ts';
import { replyEnd } from '../support/resp-reply.ts';
import { startRespd } from '../support/respd-server.ts';
import type { ServerProcess } from '../support/server-process.ts';

const SCRIPT = `local function add(x, y)
  local sum = x + y
  return sum
end
local list = {1, 'two', {three = 3}, true}
local map = {a = 1}
redis.call('set', KEYS[1], ARGV[1])
local got = redis.call('get', KEYS[1])
local ok, err = pcall(function()
  local inner = add(1, 2)
  redis.call('incr', KEYS[1])
  return inner
end)
redis.debug('seen', got, list, 1.5)
redis.breakpoint()
local missing = redis.pcall('nonsense')
local co = coroutine.wrap(function(n)
  local twice = n * 2
  coroutine.yield(twice)
end)
local result = co(21)
for i = 1, 3 do
  result = result + i
end
return {got, result, list}
`;

/** Sessions: what is said at each stop. The first stop comes without a word. */
const SESSIONS: Readonly<Record<string, readonly string[]>> = {
  'from line to line': Array(60).fill('step'),
  'without a stop': ['c', 'c'],
  'with what there is to see': [
    'p',
    'print list',
    'n',
    'n',
    'print list',
    'p map',
    'p KEYS',
    'p ARGV',
    'p none',
    'trace',
    'list',
    'l 8',
    'l 8 1',
    'l -3 2',
    'l x y',
    'whole',
    'w 1 2',
    'break',
    'b 2',
    'b 2',
    'b 10 11 99 x',
    'break',
    // Of several, Redis may remove another one too; not of those behind the last.
    'b -11',
    'b -11',
    'c',
    't',
    's',
    't',
    'p',
    'p x',
    'p inner',
    'p list',
    's',
    't',
    'b 0',
    'b',
    'c',
    's',
    's',
    's',
    't',
    'p',
    'p n',
    'c',
  ],
  'with code and commands': [
    'e 1 + 1',
    "eval {1, 2, {a = 'x'}}",
    'e local x = 5 return x * 2',
    'e x y',
    'e error("no", 0)',
    'e KEYS[1]',
    "e redis.call('incr', 'counter')",
    'redis set k v',
    'r get k',
    'r incr k',
    'r nonsense',
    'r lpush l a b c',
    'r lrange l 0 -1',
    'r',
    'unknown',
    's s',
    'c',
    'r get name',
    'c',
  ],
  'with long replies': [
    `r set long ${'x'.repeat(500)}`,
    'r get long',
    'r get long',
    'maxlen',
    'm 20',
    'r get long',
    'm 0',
    'r get long',
    'm x',
    'c',
    'c',
  ],
  'that is aborted': ['s', 's', 'abort'],
};

/** Hears replies that nobody has asked for, too. */
class Listener {
  private readonly socket: Socket;
  private received = Buffer.alloc(0);
  private hasEnded = false;
  private wake: () => void = () => undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.wake();
    });
    socket.on('close', () => {
      this.hasEnded = true;
      this.wake();
    });
  }

  ask(...words: string[]): Promise<string> {
    this.socket.write(encodeCommand(words));
    return this.next();
  }

  /** The next reply, or 'closed'. */
  async next(): Promise<string> {
    for (;;) {
      const end = this.received.length === 0 ? -1 : replyEnd(this.received, 0);
      if (end >= 0) {
        const reply = this.received.toString('latin1', 0, end);
        this.received = this.received.subarray(end);
        return reply;
      }
      if (this.hasEnded) return 'closed';
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }
}

describe.skipIf(!hasReferenceRedis)('a debugging session', () => {
  let servers: readonly ServerProcess[];

  beforeAll(async () => {
    servers = await Promise.all([startRedis(), startRespd()]);
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
  });

  async function hold(server: ServerProcess, script: string, words: readonly string[]): Promise<string[]> {
    const other = await server.connect();
    await other.call('FLUSHALL');
    const client = new Listener(createConnection({ path: server.socketPath }));
    expect(await client.ask('SCRIPT', 'DEBUG', 'SYNC')).toBe('+OK\r\n');
    const heard = [await client.ask('EVAL', script, '1', 'name', 'value')];
    for (const said of words) {
      if (isOver(heard)) break;
      heard.push(await client.ask(...said.split(' ')));
    }
    expect(isOver(heard), `the session has ended: ${heard.at(-1)}`).toBe(true);
    // The answer of EVAL, and the end of the connection.
    heard.push(await client.next(), await client.next());
    heard.push(String(await other.call('GET', 'name')));
    await other.close();
    return heard.map((each) => each.replace(/@0x[0-9a-f]+/g, '@address'));
  }

  function isOver(heard: readonly string[]): boolean {
    return heard.at(-1)?.includes('<endsession>') === true;
  }

  for (const [name, words] of Object.entries(SESSIONS)) {
    it(`is the same ${name}`, async () => {
      const [theirs, ours] = await Promise.all(servers.map((server) => hold(server, SCRIPT, words)));
      expect(ours).toEqual(theirs);
    });
  }

  it('is the same with scripts that fail, or are none', async () => {
    for (const script of ['return nil + 1', 'this is none', "return redis.call('incr', 'a', 'b')", "error('x')", '']) {
      const [theirs, ours] = await Promise.all(servers.map((server) => hold(server, script, ['s', 's', 's', 'c'])));
      expect(ours, script).toEqual(theirs);
    }
  });

  it('begins and ends with SCRIPT DEBUG, and is refused where changes would be rolled back', async () => {
    const commands: readonly Command[] = [
      ['SCRIPT', 'DEBUG', 'NONSENSE'],
      ['SCRIPT', 'DEBUG', 'SYNC'],
      ['EVALSHA', 'e0e1f9fabfc9d4800c877a703b823ac0578ff8db', 0],
      ['SCRIPT', 'DEBUG', 'NO'],
      ['EVAL', 'return redis.breakpoint()', 0],
    ];
    const answers = await Promise.all(
      servers.map(async (server) => {
        const client = await server.connect();
        const replies: string[] = [];
        for (const command of commands) replies.push((await client.raw(...command)).toString());
        const piped = await client.send([['PING'], ['SCRIPT', 'DEBUG', 'SYNC']]);
        return [...replies, ...piped.map(String)];
      }),
    );
    expect(answers[1]).toEqual(answers[0]);
    const client = await servers[1].connect();
    const refusal = /^-ERR Can't debug a script so that its changes are rolled back/;
    expect((await client.raw('SCRIPT', 'DEBUG', 'YES')).toString()).toMatch(refusal);
    expect((await client.raw('EVAL', "return redis.call('set', 'written', 1)", 0)).toString()).toMatch(refusal);
    expect(await client.call('EVAL', "return redis.call('exists', 'written')", 0)).toBe(0);
  });

  it('goes on without its client', async () => {
    const [, server] = servers;
    const client = await RespClient.connect({ path: server.socketPath });
    await client.call('SCRIPT', 'DEBUG', 'SYNC');
    await client.raw('EVAL', "redis.call('set', 'alone', 1)\nredis.call('incr', 'alone')\nreturn 1", 0);
    await client.close();
    const other = await server.connect();
    expect(await other.call('GET', 'alone')).toBe('2');
  });
});

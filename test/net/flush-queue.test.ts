import { describe, expect, it } from 'vitest';
import { FlushQueue, type FlushTarget } from '../../src/net/flush-queue.ts';
import { aFewTurns, Network, request, until } from './fake-client.ts';

/** A log of which the test says how far it is durable. */
class Log {
  at = 0;
  durableTo = 0;
  position(): number {
    return this.at;
  }
  durable(): number {
    return this.durableTo;
  }
}

describe('the end of the turn', () => {
  it('resumes clients, then logs, then sends', async () => {
    const queue = new FlushQueue();
    const events: string[] = [];
    const target = (name: string): FlushTarget => ({
      flush: () => {
        events.push(`flush ${name}`);
        return false;
      },
      release: () => false,
      proceed: () => {
        events.push(`proceed ${name}`);
        queue.add(target(name));
      },
    });
    queue.beforeFlush = () => events.push('log');
    queue.add(target('a'));
    queue.resume(target('b'));
    expect(events).toEqual([]);
    await aFewTurns();
    expect(events).toEqual(['proceed b', 'log', 'flush a', 'flush b']);
  });

  it('comes once for all replies of a pipeline', async () => {
    await using network = new Network();
    let turns = 0;
    network.listener.queue.beforeFlush = () => {
      turns++;
    };
    await network.listen();
    const [one] = await network.connect();
    const [two] = await network.connect();
    one.send(request('PING').repeat(100));
    expect(await one.read(700)).toBe('+PONG\r\n'.repeat(100));
    expect(turns).toBe(1);
    two.send(request('PING'));
    expect(await two.read(7)).toBe('+PONG\r\n');
    expect(turns).toBe(2);
  });
});

describe('a turn that is long', () => {
  it('ends at once, and not a second time', async () => {
    const queue = new FlushQueue();
    const events: string[] = [];
    const target: FlushTarget = {
      flush: () => {
        events.push('flush');
        return false;
      },
      release: () => false,
      proceed: () => undefined,
    };
    queue.beforeFlush = () => events.push('log');
    queue.end();
    expect(events).toEqual([]);
    queue.add(target);
    queue.end();
    expect(events).toEqual(['log', 'flush']);
    await aFewTurns();
    expect(events).toEqual(['log', 'flush']);
  });

  it('sends its replies before the next client is read', async () => {
    await using network = new Network();
    let turns = 0;
    network.listener.queue.beforeFlush = () => {
      turns++;
    };
    await network.listen();
    const pairs = [await network.connect(), await network.connect(), await network.connect()];
    for (const [socket, client] of pairs) {
      client.turnIsLong = true;
      socket.send(request('PING'));
    }
    for (const [socket] of pairs) expect(await socket.read(7)).toBe('+PONG\r\n');
    expect(turns).toBe(3);
  });
});

describe('a durability barrier', () => {
  it('holds every output until its position is durable', async () => {
    await using network = new Network();
    const log = new Log();
    network.listener.queue.barrier = log;
    await network.listen();
    const [socket, client] = await network.connect();
    const received: string[] = [];
    socket.socket.on('data', (chunk) => received.push(chunk.toString()));

    log.at = 10;
    socket.send(request('ECHO', 'a'));
    await until(() => client.asked.length === 1);
    await aFewTurns();
    log.at = 20;
    socket.send(request('ECHO', 'b'));
    await until(() => client.asked.length === 2);
    await aFewTurns();
    log.at = 30;
    socket.send(request('ECHO', 'c'));
    await until(() => client.asked.length === 3);
    await aFewTurns();
    expect(received).toEqual([]);
    expect(client.transport.outputBytes).toBe(21);

    log.durableTo = 5;
    network.listener.queue.release();
    await aFewTurns();
    expect(received).toEqual([]);

    log.durableTo = 20;
    network.listener.queue.release();
    await until(() => received.join('').length >= 14);
    await aFewTurns();
    expect(received.join('')).toBe('$1\r\na\r\n$1\r\nb\r\n');
    expect(client.transport.outputBytes).toBe(7);

    log.durableTo = 30;
    network.listener.queue.release();
    await until(() => received.join('').length >= 21);
    expect(received.join('')).toBe('$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n');
    expect(client.writer.takenRuns).toBe(0);
  });

  it('keeps the order when it lets go while output waits', async () => {
    await using network = new Network();
    const log = new Log();
    network.listener.queue.barrier = log;
    await network.listen();
    const [socket, client] = await network.connect();
    log.at = 10;
    socket.send(request('ECHO', 'a'));
    await until(() => client.asked.length === 1);
    await aFewTurns();
    log.durableTo = 10;
    // The turn ends with everything durable, but nobody has released yet.
    socket.send(request('ECHO', 'b'));
    expect(await socket.read(14)).toBe('$1\r\na\r\n$1\r\nb\r\n');
    network.listener.queue.release();
    socket.send(request('PING'));
    expect(await socket.read(7)).toBe('+PONG\r\n');
  });

  it('holds the last reply of a client that quits, too', async () => {
    await using network = new Network();
    const log = new Log();
    log.at = 1;
    network.listener.queue.barrier = log;
    await network.listen();
    const [socket, client] = await network.connect();
    socket.send(request('PING') + request('QUIT'));
    await until(() => client.asked.length === 2);
    await aFewTurns();
    expect(network.listener.connected).toBe(1);
    expect(socket.ended).toBe(false);
    log.durableTo = 1;
    network.listener.queue.release();
    expect(await socket.rest()).toBe('+PONG\r\n+OK\r\n');
    await until(() => network.listener.connected === 0);
  });

  it('never lets output go when its client is closed', async () => {
    await using network = new Network();
    const log = new Log();
    log.at = 1;
    network.listener.queue.barrier = log;
    await network.listen();
    const [socket, client] = await network.connect();
    socket.send(request('PING'));
    await until(() => client.asked.length === 1);
    await aFewTurns();
    client.transport.close(true);
    log.durableTo = 1;
    network.listener.queue.release();
    expect(await socket.rest()).toBe('');
    await until(() => client.writer.takenRuns === 0);
  });
});

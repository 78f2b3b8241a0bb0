import { describe, expect, it } from 'vitest';
import { aFewTurns, Network, NO_LIMIT, type RawSocket, request, until } from './fake-client.ts';

for (const plainReads of [false, true]) {
  const how = plainReads ? "'data' events" : 'a buffer of our own';

  describe(`a connection that reads by ${how}`, () => {
    it('executes a command however it is split', async () => {
      await using network = new Network({}, { plainReads });
      await network.listen();
      const [socket] = await network.connect();
      socket.socket.setNoDelay(true);
      const text = request('SET', 'key', 'a value') + request('GET', 'key');
      for (const character of text) {
        socket.send(character);
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await socket.read(18)).toBe('+OK\r\n$7\r\na value\r\n');
    });

    it('answers a pipeline in order', async () => {
      await using network = new Network({}, { plainReads });
      await network.listen();
      const [socket] = await network.connect();
      let sent = '';
      let expected = '';
      for (let i = 0; i < 20_000; i++) {
        sent += request('ECHO', `message ${i}`);
        expected += `$${`message ${i}`.length}\r\nmessage ${i}\r\n`;
      }
      socket.send(sent);
      expect((await socket.read(expected.length)) === expected).toBe(true);
      expect(network.listener.stats.inputBytes).toBe(sent.length);
      expect(network.listener.stats.outputBytes).toBe(expected.length);
    });

    it('sends replies that are larger than any buffer', async () => {
      await using network = new Network({}, { plainReads });
      await network.listen();
      const [socket] = await network.connect();
      const size = 20 * 1024 * 1024;
      socket.send(request('BIG', String(size)) + request('PING'));
      const reply = await socket.read(`$${size}\r\n`.length + size + 2 + 7);
      expect(reply.startsWith(`$${size}\r\nbb`)).toBe(true);
      expect(reply.endsWith('b\r\n+PONG\r\n')).toBe(true);
      expect(network.clients[0].transport.outputBytes).toBe(0);
    });

    it('receives arguments that are larger than any buffer', async () => {
      await using network = new Network({}, { plainReads });
      await network.listen();
      const [socket] = await network.connect();
      const value = 'v'.repeat(3_000_000);
      socket.send(request('SET', 'k', value) + request('GET', 'k'));
      expect((await socket.read(5 + 10 + value.length + 2)) === `+OK\r\n$3000000\r\n${value}\r\n`).toBe(true);
    });

    it('does not wait for its replies to be read before it goes on reading', async () => {
      await using network = new Network({}, { plainReads });
      await network.listen();
      const [socket, client] = await network.connect();
      socket.socket.pause();
      const commands = 400;
      socket.send(request('BIG', '100000').repeat(commands));
      await until(() => client.asked.length === commands);
      expect(client.transport.outputBytes).toBeGreaterThan(1_000_000);
      socket.socket.resume();
      expect((await socket.read(commands * 100_011)).length).toBe(commands * 100_011);
    });
  });
}

describe('many connections', () => {
  it('share the read buffer', async () => {
    await using network = new Network();
    await network.listen();
    const clients = [];
    for (let i = 0; i < 200; i++) clients.push((await network.connect())[0]);
    await until(() => network.clients.length === 200);
    expect(network.listener.connected).toBe(200);
    // Each request comes in two halves, so that every parser keeps the first one over the reads of the others.
    const texts = clients.map((_, i) => request('ECHO', `client ${i} says ${'x'.repeat(i)}`));
    for (const [i, socket] of clients.entries()) socket.send(texts[i].slice(0, 25));
    await until(() => network.listener.stats.inputBytes >= 200 * 25);
    for (const [i, socket] of clients.entries()) socket.send(texts[i].slice(25));
    for (const [i, socket] of clients.entries()) {
      const message = `client ${i} says ${'x'.repeat(i)}`;
      const reply = `$${message.length}\r\n${message}\r\n`;
      expect(await socket.read(reply.length)).toBe(reply);
    }
    for (const socket of clients) socket.socket.destroy();
    await until(() => network.listener.connected === 0);
    expect(network.clients.every((client) => client.closedCalls > 0)).toBe(true);
    expect(network.listener.stats.accepted).toBe(200);
  });
});

describe('while a command holds the event loop up', () => {
  for (const plainReads of [false, true]) {
    it(`other clients are served, reading by ${plainReads ? "'data' events" : 'a buffer of our own'}`, async () => {
      await using network = new Network({}, { plainReads });
      await network.listen();
      const [holder, holding] = await network.connect();
      const [other, served] = await network.connect();
      const [blocked, waiting] = await network.connect();
      blocked.send(request('BLOCK'));
      await until(() => waiting.asked.length === 1);
      let flushes = 0;
      network.listener.queue.beforeFlush = () => {
        flushes++;
      };
      holding.onHold = () => {
        // The client's side is in this process: what it sends is in the system's hands when this returns.
        other.send(request('ECHO', 'during') + request('ECHO', 'in two halves').slice(0, 20));
        holder.send(request('ECHO', 'later'));
        blocked.send(request('PING'));
        network.listener.pollClients();
        expect(served.asked).toEqual(['ECHO']);
        expect(served.transport.outputBytes).toBe(0);
        expect(flushes).toBe(1);
        // One that is in the midst of a poll begins no other.
        served.onHold = () => network.listener.pollClients();
        other.send(request('ECHO', 'in two halves').slice(20) + request('HOLD', 'within'));
        network.listener.pollClients();
        expect(served.asked).toEqual(['ECHO', 'ECHO', 'HOLD']);
        other.send(request('QUIT'));
        network.listener.pollClients();
        network.listener.pollClients();
        expect([holding.asked, waiting.asked]).toEqual([['HOLD'], ['BLOCK']]);
      };
      holder.send(request('HOLD', 'the argument') + request('ECHO', 'next'));
      const replies = '$6\r\nduring\r\n$13\r\nin two halves\r\n$6\r\nwithin\r\n+OK\r\n';
      expect(await other.read(1000)).toBe(replies);
      const own = '$12\r\nthe argument\r\n$4\r\nnext\r\n$5\r\nlater\r\n';
      expect(await holder.read(own.length)).toBe(own);
      expect(holding.asked).toEqual(['HOLD', 'ECHO', 'ECHO']);
      waiting.unblock();
      expect(await blocked.read(19)).toBe('+UNBLOCKED\r\n+PONG\r\n');
    });
  }

  it('clients that go are noticed afterwards', async () => {
    await using network = new Network();
    await network.listen();
    const [holder, holding] = await network.connect();
    const [gone, session] = await network.connect();
    const [reset, another] = await network.connect();
    holding.onHold = () => {
      gone.socket.end();
      reset.socket.resetAndDestroy();
      network.listener.pollClients();
      network.listener.pollClients();
      expect([session.closedCalls, another.closedCalls]).toEqual([0, 0]);
    };
    holder.send(request('HOLD', 'x'));
    expect(await holder.read(7)).toBe('$1\r\nx\r\n');
    await until(() => session.closedCalls > 0 && another.closedCalls > 0);
    expect(network.listener.connected).toBe(1);
  });

  it('as many are looked at as there is time for, and the others the next time', async () => {
    let nowMs = 0;
    await using network = new Network({}, { nowMs: () => nowMs++ });
    await network.listen();
    const sockets: RawSocket[] = [];
    for (let i = 0; i < 20; i++) sockets.push((await network.connect())[0]);
    for (const socket of sockets) socket.send(request('PING'));
    const served = () => network.clients.filter(({ asked }) => asked.length > 0).length;
    network.listener.pollClients();
    const first = served();
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(20);
    for (let i = 0; i < 20; i++) network.listener.pollClients();
    expect(served()).toBe(20);
  });
});

describe('a suspended client', () => {
  it('goes on in order with what came meanwhile', async () => {
    await using network = new Network();
    await network.listen();
    const [socket, client] = await network.connect();
    socket.send(request('ECHO', '1') + request('BLOCK') + request('ECHO', '2') + request('EC', 'half').slice(0, 10));
    expect(await socket.read(7)).toBe('$1\r\n1\r\n');
    socket.send(request('EC', 'half').slice(10));
    socket.send(request('ECHO', '3'));
    await until(() => client.transport.queryBytes > 60);
    await aFewTurns();
    expect(client.asked).toEqual(['ECHO', 'BLOCK']);
    client.unblock();
    const expected = "+UNBLOCKED\r\n$1\r\n2\r\n-ERR unknown command 'EC'\r\n$1\r\n3\r\n";
    expect(await socket.read(expected.length)).toBe(expected);
    expect(client.transport.queryBytes).toBe(0);
    socket.send(request('PING'));
    expect(await socket.read(7)).toBe('+PONG\r\n');
  });

  it('may be resumed before its command has returned', async () => {
    await using network = new Network();
    await network.listen();
    const [socket] = await network.connect();
    socket.send(request('BLOCKBRIEFLY') + request('PING'));
    expect(await socket.read(19)).toBe('+UNBLOCKED\r\n+PONG\r\n');
  });

  it('can block again and again within one pipeline', async () => {
    await using network = new Network();
    await network.listen();
    const [socket, client] = await network.connect();
    socket.send((request('BLOCK') + request('PING')).repeat(3));
    for (let i = 1; i <= 3; i++) {
      await until(() => client.asked.length === 2 * i - 1);
      client.unblock();
      expect(await socket.read(19)).toBe('+UNBLOCKED\r\n+PONG\r\n');
    }
  });

  it('executes a postponed command once', async () => {
    await using network = new Network();
    await network.listen();
    const [socket, client] = await network.connect();
    client.paused = true;
    socket.send(request('PAUSED', 'first') + request('PAUSED', 'second'));
    await until(() => client.asked.length === 1);
    socket.send(request('PAUSED', 'third'));
    await aFewTurns();
    expect(client.asked).toEqual(['PAUSED']);
    client.unpause();
    const expected = '$5\r\nfirst\r\n$6\r\nsecond\r\n$5\r\nthird\r\n';
    expect(await socket.read(expected.length)).toBe(expected);
    await aFewTurns();
    expect(client.asked).toEqual(['PAUSED', 'PAUSED', 'PAUSED', 'PAUSED']);
  });

  it('is let go when its peer is gone', async () => {
    await using network = new Network();
    await network.listen();
    const [socket, client] = await network.connect();
    socket.send(request('PING') + request('BLOCK') + request('PING'));
    expect(await socket.read(7)).toBe('+PONG\r\n');
    socket.socket.end();
    await until(() => network.listener.connected === 0);
    expect(client.closedCalls).toBeGreaterThan(0);
    expect(client.asked).toEqual(['PING', 'BLOCK']);
  });

  it('is closed when it sends more than the query buffer may hold', async () => {
    await using network = new Network({ maxQueryBytes: 200_000 });
    await network.listen();
    const [socket] = await network.connect();
    socket.send(request('BLOCK'));
    socket.send(request('PING').repeat(20_000));
    await until(() => network.listener.connected === 0);
    expect(network.listener.stats.queryLimitDisconnections).toBe(1);
    expect(network.logs.join()).toContain('Closing client that reached max query buffer length');
  });
});

describe('closing', () => {
  it('answers QUIT, then executes nothing more', async () => {
    await using network = new Network();
    await network.listen();
    const [socket, client] = await network.connect();
    socket.send(request('PING') + request('QUIT') + request('PING'));
    expect(await socket.rest()).toBe('+PONG\r\n+OK\r\n');
    expect(client.asked).toEqual(['PING', 'QUIT']);
    await until(() => network.listener.connected === 0);
  });

  it('sends what came before a protocol error, and the error', async () => {
    await using network = new Network();
    await network.listen();
    const [socket] = await network.connect();
    socket.send(`${request('BIG', '100000')}*1\r\n:1\r\n${request('PING')}`);
    const reply = await socket.rest();
    expect(reply.length).toBeGreaterThan(100_000);
    expect(reply.slice(100_011)).toMatch(/^-ERR Protocol error: expected '\$', got ':'\r\n$/);
    await until(() => network.listener.connected === 0);
    expect(network.clients[0].closedCalls).toBeGreaterThan(0);
  });

  it('sends everything to a client that has shut down its side', async () => {
    await using network = new Network();
    await network.listen();
    const [socket] = await network.connect();
    socket.socket.end(request('BIG', '5000000').repeat(4) + request('PING'));
    const reply = await socket.rest();
    expect(reply.length).toBe(4 * ('$5000000\r\n'.length + 5_000_000 + 2) + '+PONG\r\n'.length);
    expect(reply.endsWith('+PONG\r\n')).toBe(true);
    await until(() => network.listener.connected === 0);
  });

  it('drops the output when asked to', async () => {
    await using network = new Network();
    await network.listen();
    const [socket, client] = await network.connect();
    socket.socket.pause();
    socket.send(request('BIG', '50000000'));
    await until(() => client.transport.outputBytes > 0);
    client.transport.close(true);
    expect(network.listener.connected).toBe(0);
    expect(client.closedCalls).toBeGreaterThan(0);
    await until(() => client.transport.outputBytes === 0);
    client.push(1000);
    expect(client.writer.pendingBytes).toBe(0);
    await until(() => client.writer.takenRuns === 0);
  });

  it('sends the output first when not', async () => {
    await using network = new Network();
    await network.listen();
    const [socket, client] = await network.connect();
    client.push(3_000_000);
    client.transport.close(false);
    expect((await socket.rest()).length).toBe('$3000000\r\n'.length + 3_000_000 + 2);
  });
});

describe('the limits of the output buffer', () => {
  it('bound the memory of a client that does not read', async () => {
    const hardBytes = 1_000_000;
    const limit = { ...NO_LIMIT, hardBytes };
    await using network = new Network({ outputLimits: { normal: limit, replica: NO_LIMIT, pubsub: NO_LIMIT } });
    await network.listen();
    const [socket, client] = await network.connect();
    socket.socket.pause();
    let peak = 0;
    const execute = client.execute.bind(client);
    client.execute = (args) => {
      const outcome = execute(args);
      peak = Math.max(peak, client.transport.outputBytes);
      return outcome;
    };
    socket.send(request('BIG', '10000').repeat(20_000));
    await until(() => network.listener.connected === 0);
    expect(peak).toBeGreaterThan(hardBytes);
    expect(peak).toBeLessThan(hardBytes + 3 * 16384 + 10_000);
    expect(client.asked.length).toBeLessThan(20_000);
    expect(network.listener.stats.outputLimitDisconnections).toBe(1);
    expect(network.logs.join()).toContain('closed for overcoming of output buffer limits');
    await until(() => client.writer.takenRuns === 0);
    expect(client.transport.outputBytes).toBe(0);
  });

  it('hold for messages from elsewhere, within one turn too', async () => {
    const limit = { ...NO_LIMIT, hardBytes: 500_000 };
    await using network = new Network({ outputLimits: { normal: NO_LIMIT, replica: NO_LIMIT, pubsub: limit } });
    await network.listen();
    const [socket, client] = await network.connect();
    socket.send(request('SUBSCRIBE'));
    expect(await socket.read(5)).toBe('+OK\r\n');
    let peak = 0;
    for (let i = 0; i < 1000; i++) {
      client.push(10_000);
      peak = Math.max(peak, client.transport.outputBytes);
    }
    expect(peak).toBeLessThan(550_000);
    expect(client.writer.pendingBytes).toBe(0);
    await until(() => network.listener.connected === 0);
    expect(await socket.rest()).toBe('');
  });

  it('let output stay over the soft limit for a while only', async () => {
    let nowMs = 5000;
    const limit = { hardBytes: 0, softBytes: 100_000, softSeconds: 10 };
    await using network = new Network(
      { outputLimits: { normal: limit, replica: NO_LIMIT, pubsub: NO_LIMIT } },
      { nowMs: () => nowMs },
    );
    await network.listen();
    const [slow, slowClient] = await network.connect();
    const [steady, steadyClient] = await network.connect();
    slow.socket.pause();
    slow.send(request('BIG', '30000000'));
    steady.send(request('BIG', '30000000'));
    await steady.read(30_000_013);
    await until(() => slowClient.transport.outputBytes > 100_000);
    nowMs += 9000;
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(network.listener.connected).toBe(2);
    nowMs += 2000;
    await until(() => slowClient.closedCalls > 0);
    expect(steadyClient.closedCalls).toBe(0);
  });

  it('are tight for clients that have not authenticated', async () => {
    await using network = new Network();
    network.prepare = (client) => {
      client.authenticated = false;
    };
    await network.listen();
    const [guest] = await network.connect();
    guest.send(request('BIG', '30000'));
    await until(() => network.listener.connected === 0);
    const [user] = await network.connect();
    user.send(request('AUTH') + request('BIG', '30000'));
    expect((await user.read(5 + 30_010)).length).toBe(5 + 30_010);
  });
});

describe('timeout', () => {
  it('closes idle clients but not those that may idle', async () => {
    let nowMs = 5000;
    await using network = new Network({ idleTimeoutSeconds: 60 }, { nowMs: () => nowMs });
    await network.listen();
    const [, idle] = await network.connect();
    const [blocked, blockedClient] = await network.connect();
    blocked.send(request('BLOCK'));
    await until(() => blockedClient.mayIdle);
    nowMs += 59_000;
    const [busy, busyClient] = await network.connect();
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(network.listener.connected).toBe(3);
    busy.send(request('PING'));
    expect(await busy.read(7)).toBe('+PONG\r\n');
    nowMs += 3000;
    await until(() => idle.closedCalls > 0);
    expect(network.logs).toContain('verbose: Closing idle client');
    expect(blockedClient.closedCalls).toBe(0);
    expect(busyClient.closedCalls).toBe(0);
  });
});

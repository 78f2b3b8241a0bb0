import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterAll, describe, expect, it } from 'vitest';
import { ListenError } from '../../src/net/listen-error.ts';
import { MAX_CLIENTS_REPLY, PROTECTED_MODE_REPLY } from '../../src/net/refusal.ts';
import { Network, RawSocket, request, until } from './fake-client.ts';
import { TEST_CERTIFICATE, TEST_KEY } from './test-certificate.ts';

const directory = mkdtempSync(join(tmpdir(), 'respd-net-'));
afterAll(() => rmSync(directory, { recursive: true }));

const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
const hasIpv6 = addresses.some((address) => address.address === '::1');
const outsideIpv4 = addresses.find((address) => address.family === 'IPv4' && !address.internal)?.address;

async function failure(promise: Promise<unknown>): Promise<ListenError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ListenError);
  return error as ListenError;
}

async function ping(host: string, port: number): Promise<string> {
  const socket = await RawSocket.open({ host, port });
  socket.send(request('PING'));
  const reply = await socket.read(7);
  socket.socket.destroy();
  return reply;
}

describe('TCP', () => {
  it('listens on several addresses with one port', async () => {
    await using network = new Network();
    const port = await network.listen({ bind: ['127.0.0.1', '127.0.0.2'] });
    expect(network.listener.addresses).toEqual([
      { kind: 'tcp', host: '127.0.0.1', port },
      { kind: 'tcp', host: '127.0.0.2', port },
    ]);
    expect(await ping('127.0.0.1', port)).toBe('+PONG\r\n');
    expect(await ping('127.0.0.2', port)).toBe('+PONG\r\n');
  });

  it.runIf(hasIpv6)('opens every address of both families side by side', async () => {
    await using network = new Network();
    const port = await network.listen({ bind: ['*', '-::*'] });
    expect(network.listener.addresses.map((address) => address.host)).toEqual(['0.0.0.0', '::']);
    expect(await ping('127.0.0.1', port)).toBe('+PONG\r\n');
    expect(await ping('::1', port)).toBe('+PONG\r\n');
    expect(network.clients[0].transport.address).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(network.clients[1].transport.address).toMatch(/^\[::1\]:\d+$/);
    expect(network.clients[1].transport.localAddress).toBe(`[::1]:${port}`);
    expect(network.clients[1].transport.descriptor).toBeGreaterThan(0);
  });

  it('skips an optional address that the machine does not have', async () => {
    await using network = new Network();
    await network.listen({ bind: ['127.0.0.1', '-192.0.2.1'] });
    expect(network.listener.addresses.length).toBe(1);
    expect(network.logs.join()).toContain('socket 192.0.2.1:');
  });

  it('opens nothing when an address fails', async () => {
    await using network = new Network();
    const error = await failure(network.listen({ bind: ['127.0.0.1', '192.0.2.1'], port: 0 }));
    expect(error.code).toBe('EADDRNOTAVAIL');
    expect(error.message).toMatch(
      /^Warning: Could not create server TCP listening socket 192\.0\.2\.1:\d+: bind: Cannot assign requested address$/,
    );
    expect(network.listener.addresses).toEqual([]);
  });

  it('says so when the port is taken', async () => {
    await using network = new Network();
    await using other = new Network();
    const port = await network.listen();
    const error = await failure(other.listen({ port }));
    expect(error.code).toBe('EADDRINUSE');
    expect(error.message).toBe(
      `Warning: Could not create server TCP listening socket 127.0.0.1:${port}: bind: Address already in use`,
    );
    expect(other.logs).toContain(`warning: ${error.message}`);
  });

  it('opens no port when there is none', async () => {
    await using network = new Network();
    await network.listen({ port: null });
    expect(network.listener.addresses).toEqual([]);
  });
});

describe('rebinding', () => {
  it('moves to another port and keeps clients', async () => {
    await using network = new Network();
    await using other = new Network();
    const port = await network.listen();
    const [socket] = await network.connect();
    const free = await other.listen();
    await other.listener.close();
    await network.listener.rebind({ bind: ['127.0.0.1'], port: free, backlog: 511 });
    expect(network.port).toBe(free);
    await expect(RawSocket.open({ host: '127.0.0.1', port })).rejects.toThrow('ECONNREFUSED');
    expect(await ping('127.0.0.1', free)).toBe('+PONG\r\n');
    socket.send(request('PING'));
    expect(await socket.read(7)).toBe('+PONG\r\n');
  });

  it('exchanges one address for all of them on the same port', async () => {
    await using network = new Network();
    const port = await network.listen();
    await network.listener.rebind({ bind: ['*'], port, backlog: 511 });
    expect(network.listener.addresses).toEqual([{ kind: 'tcp', host: '0.0.0.0', port }]);
    expect(await ping('127.0.0.3', port)).toBe('+PONG\r\n');
  });

  it('adds an address without touching the others', async () => {
    await using network = new Network();
    const port = await network.listen();
    await network.listener.rebind({ bind: ['127.0.0.1', '127.0.0.2'], port, backlog: 511 });
    expect(network.listener.addresses.map((address) => address.host)).toEqual(['127.0.0.1', '127.0.0.2']);
  });

  it('restores what was there when it fails', async () => {
    await using network = new Network();
    await using other = new Network();
    const port = await network.listen();
    const taken = await other.listen({ bind: ['127.0.0.1'] });
    expect((await failure(network.listener.rebind({ bind: ['*'], port: taken, backlog: 511 }))).code).toBe(
      'EADDRINUSE',
    );
    expect(network.listener.addresses).toEqual([{ kind: 'tcp', host: '127.0.0.1', port }]);
    expect(await ping('127.0.0.1', port)).toBe('+PONG\r\n');
    expect(network.clients.length).toBe(1);
  });
});

describe('the Unix socket', () => {
  it('has the permissions asked for, replaces a stale file and names its clients', async () => {
    const path = join(directory, 'a.sock');
    writeFileSync(path, 'stale');
    await using network = new Network();
    await network.listen({ port: null, unixSocket: path, unixSocketMode: 0o700 });
    expect(statSync(path).isSocket()).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    const [socket, client] = await network.connect({ path });
    socket.send(request('PING'));
    expect(await socket.read(7)).toBe('+PONG\r\n');
    expect(client.transport.kind).toBe('unix');
    expect(client.transport.address).toBe(`${path}:0`);
    await network.listener.close();
    expect(existsSync(path)).toBe(false);
  });

  it('says what is wrong with its path', async () => {
    await using network = new Network();
    const missing = await failure(network.listen({ port: null, unixSocket: join(directory, 'no', 'such') }));
    expect(missing.message).toMatch(/^Failed opening Unix socket: bind: /);
    const long = await failure(network.listen({ port: null, unixSocket: join(directory, 'x'.repeat(108)) }));
    expect(long.message).toMatch(/unix socket path too long \(\d+\), must be under 108$/);
  });
});

describe('TLS', () => {
  it('serves clients by the same rules', async () => {
    await using network = new Network({ maxClients: 1 });
    const options = { key: TEST_KEY, cert: TEST_CERTIFICATE };
    const port = await network.listen({ port: null, tlsPort: 0, tls: options });
    expect(network.listener.addresses[0].kind).toBe('tls');
    const secure = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
    const socket = new RawSocket(secure);
    socket.send(request('BIG', '3000000') + request('PING'));
    const reply = await socket.read('$3000000\r\n'.length + 3_000_002 + 7);
    expect(reply.endsWith('+PONG\r\n')).toBe(true);
    const [client] = network.clients;
    expect(client.transport.kind).toBe('tls');
    expect(client.transport.address).toMatch(/^127\.0\.0\.1:\d+$/);
    await until(() => client.writer.takenRuns === 0);
    expect(network.listener.connected).toBe(1);

    const refused = new RawSocket(tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false }));
    await until(() => refused.closed);
    expect(network.listener.stats.rejected).toBe(1);

    socket.send(request('QUIT'));
    expect(await socket.rest()).toBe('+OK\r\n');
    await until(() => network.listener.connected === 0);
  });

  it('survives a client that speaks no TLS, and one that says nothing', async () => {
    await using network = new Network();
    const options = { key: TEST_KEY, cert: TEST_CERTIFICATE };
    const port = await network.listen({ port: null, tlsPort: 0, tls: options });
    const plain = await RawSocket.open({ host: '127.0.0.1', port });
    plain.send(request('PING'));
    await until(() => plain.closed || plain.ended);
    expect(network.logs.join()).toContain('Error accepting a client connection');
    const silent = await RawSocket.open({ host: '127.0.0.1', port });
    await until(() => network.listener.connected === 1);
    await network.listener.close();
    await until(() => silent.closed || silent.ended);
    expect(network.listener.connected).toBe(0);
  });

  it('gives handshakes a limited time, and not more than idle clients have', async () => {
    for (const idleTimeoutSeconds of [0, 5]) {
      let nowMs = 0;
      await using network = new Network({ idleTimeoutSeconds }, { nowMs: () => nowMs });
      const options = { key: TEST_KEY, cert: TEST_CERTIFICATE };
      const port = await network.listen({ port: null, tlsPort: 0, tls: options });
      const silent = await RawSocket.open({ host: '127.0.0.1', port });
      await until(() => network.listener.connected === 1);
      nowMs = (idleTimeoutSeconds || 60) * 1000 + 1;
      await until(() => silent.closed || silent.ended);
      await until(() => network.listener.connected === 0);
      expect(network.logs[0]).toBe('verbose: Closing idle client');
    }
  });

  it('answers a client that ends its side after its last command', async () => {
    await using network = new Network();
    const options = { key: TEST_KEY, cert: TEST_CERTIFICATE };
    const port = await network.listen({ port: null, tlsPort: 0, tls: options });
    const secure = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
    const socket = new RawSocket(secure);
    secure.end(request('BIG', '300000') + request('PING'));
    expect((await socket.rest()).endsWith('+PONG\r\n')).toBe(true);
  });
});

describe.runIf(process.platform === 'linux')('tcp-keepalive', () => {
  /** Whether the kernel has a timer for the server's side of the connection: `tr` of proc(5)'s /proc/net/tcp. */
  function hasTimer(serverPort: number, clientPort: number): boolean {
    const hex = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');
    const ends = `0100007F:${hex(serverPort)} 0100007F:${hex(clientPort)} 01`;
    const line = readFileSync('/proc/net/tcp', 'latin1')
      .split('\n')
      .find((each) => each.includes(ends));
    return /^\s*\d+: \S+ \S+ 01 \S+ 02:/.test(line ?? '');
  }

  for (const plainReads of [false, true]) {
    it(`has the system probe clients, unless it is 0 (${plainReads ? 'events' : 'own buffer'})`, async () => {
      await using network = new Network({ keepAliveSeconds: 300 }, { plainReads });
      const port = await network.listen();
      const [probed] = await network.connect();
      expect(hasTimer(port, probed.socket.localPort ?? 0)).toBe(true);
      network.settings.keepAliveSeconds = 0;
      const [other] = await network.connect();
      expect(hasTimer(port, other.socket.localPort ?? 0)).toBe(false);
    });
  }
});

describe('refusals', () => {
  it('turns clients away beyond maxclients, and lets them in again', async () => {
    await using network = new Network({ maxClients: 2 });
    const port = await network.listen();
    const [first] = await network.connect();
    await network.connect();
    const third = await RawSocket.open({ host: '127.0.0.1', port });
    expect(await third.rest()).toBe(MAX_CLIENTS_REPLY);
    expect(network.listener.stats.rejected).toBe(1);
    expect(network.listener.stats.accepted).toBe(2);
    first.socket.destroy();
    await until(() => network.listener.connected === 1);
    expect(await ping('127.0.0.1', port)).toBe('+PONG\r\n');
  });

  it('lets local clients in when protected', async () => {
    await using network = new Network({ localClientsOnly: true });
    const path = join(directory, 'protected.sock');
    const port = await network.listen({ unixSocket: path });
    expect(await ping('127.0.0.1', port)).toBe('+PONG\r\n');
    const [socket] = await network.connect({ path });
    socket.send(request('PING'));
    expect(await socket.read(7)).toBe('+PONG\r\n');
  });

  it.runIf(outsideIpv4 !== undefined)('explains protected mode to others', async () => {
    await using network = new Network({ localClientsOnly: true });
    const port = await network.listen({ bind: ['*'] });
    const host = outsideIpv4 ?? '';
    const socket = await RawSocket.open({ host, port });
    expect(await socket.rest()).toBe(PROTECTED_MODE_REPLY);
    expect(network.listener.stats.rejected).toBe(1);
    network.settings.localClientsOnly = false;
    expect(await ping(host, port)).toBe('+PONG\r\n');
  });
});

for (const plainReads of [false, true]) {
  describe(`close(), ${plainReads ? 'reading by events' : 'reading into a buffer of our own'}`, () => {
    it('resolves with clients connected, which it disconnects', async () => {
      await using network = new Network({}, { plainReads });
      const port = await network.listen();
      const [socket, client] = await network.connect();
      const [, second] = await network.connect();
      client.push(100);
      await network.listener.close();
      expect((await socket.rest()).length).toBe('$100\r\n'.length + 102);
      expect(network.listener.connected).toBe(0);
      expect(client.closedCalls + second.closedCalls).toBeGreaterThanOrEqual(2);
      await expect(RawSocket.open({ host: '127.0.0.1', port })).rejects.toThrow('ECONNREFUSED');
    });

    it('resolves when all clients are gone, and without any', async () => {
      await using network = new Network({}, { plainReads });
      await network.listen();
      const [socket] = await network.connect();
      socket.socket.end();
      await until(() => network.listener.connected === 0);
      await network.listener.close();
      await using unused = new Network({}, { plainReads });
      await unused.listener.close();
    });

    it('resolves with a client that never reads', async () => {
      await using network = new Network({}, { plainReads });
      await network.listen();
      const [socket, client] = await network.connect();
      socket.socket.pause();
      socket.send(request('BIG', '30000000'));
      await until(() => client.transport.outputBytes > 0);
      await network.listener.close();
      await until(() => client.writer.takenRuns === 0);
    });
  });
}

describe('buffer samples', () => {
  it('show the largest buffers of the last seconds', async () => {
    await using network = new Network();
    await network.listen();
    const [socket, client] = await network.connect();
    socket.socket.pause();
    socket.send(`${request('BIG', '30000000')}*2\r\n$4\r\nECHO\r\n$100000\r\nhalf`);
    await until(() => client.transport.outputBytes > 0);
    await until(() => network.listener.stats.recentMaxOutputBuffer > 0);
    expect(network.listener.stats.recentMaxOutputBuffer).toBeLessThanOrEqual('$30000000\r\n'.length + 30_000_002);
    expect(network.listener.stats.recentMaxInputBuffer).toBeGreaterThan(0);
    network.listener.stats.reset();
    expect(network.listener.stats.inputBytes).toBe(0);
  });
});

describe('a socket that the system refuses to accept', () => {
  it('does not take the server down', async () => {
    await using network = new Network();
    const port = await network.listen();
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.resetAndDestroy();
    expect(await ping('127.0.0.1', port)).toBe('+PONG\r\n');
  });
});

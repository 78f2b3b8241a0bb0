import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { descriptorOf, userBufferReadsWork, withDataEvents, withUserBuffer } from '../../src/net/user-buffer-socket.ts';
import { until } from './fake-client.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function accept(onSocket: (donor: net.Socket) => void): Promise<[net.Server, () => net.Socket]> {
  const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true }, onSocket);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  closing.push(() => server.close());
  return [
    server,
    () => {
      const client = net.connect(port, '127.0.0.1');
      client.on('error', () => {});
      closing.push(() => client.destroy());
      return client;
    },
  ];
}

function connectionsOf(server: net.Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  });
}

describe('reading into a buffer of our own', () => {
  it('works in this version of Node', async () => {
    expect(await userBufferReadsWork()).toBe(true);
  });

  it('delivers every byte in the one buffer, of several sockets in turn', async () => {
    const buffer = new Uint8Array(1000);
    const texts = new Map<net.Socket, string>();
    const sockets: net.Socket[] = [];
    const [, connect] = await accept((donor) => {
      const socket = withUserBuffer(donor, buffer, (bytes, length) => {
        expect(bytes).toBe(buffer);
        texts.set(socket, (texts.get(socket) ?? '') + Buffer.from(bytes.subarray(0, length)).toString('latin1'));
        bytes.fill(0x21);
      }) as net.Socket;
      sockets.push(socket);
    });
    const [a, b] = [connect(), connect()];
    a.write('a'.repeat(50_000));
    b.write('b'.repeat(50_000));
    await until(() => [...texts.values()].join('').length === 100_000);
    expect(new Set(texts.values())).toEqual(new Set(['a'.repeat(50_000), 'b'.repeat(50_000)]));
    for (const socket of sockets) socket.destroy();
  });

  it('takes the socket off its server, keeps descriptor and addresses, and ends half-open', async () => {
    const adopted: net.Socket[] = [];
    const before: number[] = [];
    const [server, connect] = await accept((donor) => {
      before.push(descriptorOf(donor), donor.remotePort ?? 0);
      adopted.push(withUserBuffer(donor, new Uint8Array(100), () => {}) as net.Socket);
    });
    const client = connect();
    await until(() => adopted.length === 1);
    const socket = adopted[0];
    expect(before[0]).toBeGreaterThan(0);
    expect([descriptorOf(socket), socket.remotePort]).toEqual(before);
    expect(socket.remoteAddress).toBe('127.0.0.1');
    await new Promise((resolve) => setImmediate(resolve));
    expect(await connectionsOf(server)).toBe(0);

    let ended = false;
    socket.on('end', () => {
      ended = true;
    });
    let answer = '';
    client.on('data', (chunk) => {
      answer += chunk.toString();
    });
    client.end();
    await until(() => ended);
    socket.end('answer after the end');
    await until(() => answer === 'answer after the end');
  });

  it('lets the server close while its clients are there, and when they are gone', async () => {
    const adopted: net.Socket[] = [];
    const [server, connect] = await accept((donor) => {
      adopted.push(withUserBuffer(donor, new Uint8Array(100), () => {}) as net.Socket);
    });
    const [leaver] = [connect(), connect()];
    await until(() => adopted.length === 2);
    let closed = 0;
    for (const socket of adopted) {
      socket.on('end', () => socket.destroy());
      socket.on('close', () => closed++);
    }
    leaver.end();
    await until(() => closed === 1);
    await new Promise<void>((resolve) => server.close(() => resolve()));
    expect(closed).toBe(1);
    for (const socket of adopted) socket.destroy();
    await until(() => closed === 2);
  });

  it('leaves a socket alone that has no handle to move', () => {
    expect(withUserBuffer(new net.Socket(), new Uint8Array(10), () => {})).toBeNull();
  });
});

describe("reading by 'data' events", () => {
  it('delivers plain arrays', async () => {
    const seen: Uint8Array[] = [];
    const [, connect] = await accept((donor) => {
      withDataEvents(donor, (bytes, length) => seen.push(bytes.slice(0, length)));
      donor.on('end', () => donor.destroy());
    });
    connect().end('hello');
    await until(() => seen.length === 1);
    expect(seen[0].constructor).toBe(Uint8Array);
    expect(Buffer.from(seen[0]).toString()).toBe('hello');
  });
});

/**
 * Reading an accepted socket into a buffer of our own.
 *
 * Node allocates 64 KiB for every read of a socket and passes it through the stream layer. `net.Socket` can read into
 * one given buffer instead (its `onread` option), which saves a third of the time a small request costs; but `net`
 * offers that to outgoing sockets only. So the handle of an accepted socket, the donor, is moved into a new
 * `net.Socket` that is made with `onread`, and the empty donor is destroyed, which takes it off its server's count of
 * connections. Everything that depends on this exchange is in this file.
 *
 * The property `_handle` and the option `handle` have been in Node since its first versions, but no document promises
 * them. {@link userBufferReadsWork} tries the exchange once with a loopback connection; where it does not work, and for
 * TLS, reads come from 'data' events.
 *
 * One buffer serves any number of sockets: the callback must have consumed or copied the bytes when it returns.
 */
import { readSync } from 'node:fs';
import net from 'node:net';

/**
 * Receives `length` bytes at the beginning of `bytes`, which are overwritten by the next read of any socket. False when
 * other sockets are to be heard before it is called again; of use to {@link withUserBuffer} only.
 */
export type ReadCallback = (bytes: Uint8Array, length: number) => unknown;

/** How long the probe may take before the exchange counts as not working. */
const PROBE_TIMEOUT_MS = 2000;

/** What is used of a socket's handle. */
interface Handle {
  fd?: number;
  useUserBuffer?: (buffer: Uint8Array) => void;
}

type Donor = net.Socket & { _handle?: Handle | null };

/** The file descriptor of a socket, or -1 where it is not known. */
export function descriptorOf(socket: net.Socket): number {
  const descriptor = (socket as Donor)._handle?.fd;
  return typeof descriptor === 'number' ? descriptor : -1;
}

/**
 * Reads what has come on a socket without going through the event loop: how many bytes were put into `buffer`, 0 where
 * nothing has come, or the descriptor is not known (-1). Where the other side has gone, the event loop will notice.
 */
export function readAvailable(descriptor: number, buffer: Uint8Array): number {
  if (descriptor < 0) return 0;
  try {
    return readSync(descriptor, buffer, 0, buffer.length, null);
  } catch {
    return 0;
  }
}

/**
 * Moves the accepted socket `donor` into a socket that reads into `buffer`, and starts reading. The donor must come
 * from a server with `pauseOnConnect`, so that it has read nothing itself. The new socket is half-open: its owner
 * ends it.
 *
 * @returns null where the exchange is not possible; the donor is then untouched.
 */
export function withUserBuffer(donor: net.Socket, buffer: Uint8Array, onRead: ReadCallback): net.Socket | null {
  const handle = (donor as Donor)._handle;
  if (handle === null || handle === undefined || typeof handle.useUserBuffer !== 'function') return null;
  const options = {
    handle,
    allowHalfOpen: true,
    onread: {
      buffer,
      callback(length: number, bytes: Uint8Array): boolean {
        if (onRead(bytes, length) !== false || length < bytes.length) return true;
        // As long as reads fill the buffer, Node goes on with the same socket, up to 32 times.
        setImmediate(() => socket.resume());
        return false;
      },
    },
  };
  // `handle` is missing from the published types of the constructor's options, which is why it takes a cast.
  const socket = new net.Socket(options as unknown as net.SocketConstructorOpts);
  (donor as Donor)._handle = null;
  donor.destroy();
  return socket;
}

/** Delivers what `socket` reads by 'data' events, each chunk as a plain `Uint8Array`. */
export function withDataEvents(socket: net.Socket, onRead: ReadCallback): net.Socket {
  socket.on('data', (chunk: Buffer) => {
    onRead(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength), chunk.byteLength);
  });
  socket.resume();
  return socket;
}

let probe: Promise<boolean> | undefined;

/** True when {@link withUserBuffer} works in this version of Node. Tried once per process. */
export function userBufferReadsWork(): Promise<boolean> {
  probe ??= tryLoopback();
  return probe;
}

/** Sends two messages through an exchanged socket and back, and sees its end and its server's. */
function tryLoopback(): Promise<boolean> {
  return new Promise((resolve) => {
    const buffer = new Uint8Array(64);
    let adopted: net.Socket | null = null;
    let client: net.Socket | null = null;
    let heard = '';
    let settled = false;
    const settle = (works: boolean): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      client?.destroy();
      adopted?.destroy();
      if (server.listening) server.close();
      resolve(works);
    };
    const timer = setTimeout(() => settle(false), PROBE_TIMEOUT_MS);
    const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true }, (donor) => {
      try {
        adopted = withUserBuffer(donor, buffer, (bytes, length) => {
          if (bytes !== buffer) return settle(false);
          heard += String.fromCharCode(...bytes.subarray(0, length));
          adopted?.write(Buffer.from(bytes.slice(0, length)));
        });
      } catch {
        adopted = null;
      }
      if (adopted === null) {
        donor.destroy();
        return settle(false);
      }
      adopted.on('error', () => settle(false));
      adopted.on('end', () => server.close(() => settle(heard === 'onetwo')));
      adopted.on('end', () => adopted?.end());
    });
    server.on('error', () => settle(false));
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      let echoed = '';
      client = net.connect(port, '127.0.0.1', () => client?.write('one'));
      client.on('error', () => settle(false));
      client.setEncoding('latin1');
      client.on('data', (text: string) => {
        echoed += text;
        if (echoed === 'one') client?.write('two');
        else if (echoed === 'onetwo') client?.end();
      });
    });
  });
}

/**
 * A pipelined loader for exact sets of distinct keys, which redis-benchmark cannot make.
 *
 * Commands are encoded into a ring of reused buffers; a buffer is filled again only once all its replies have
 * come, which bounds what is in flight and proves that the socket no longer reads it. Every reply must be the one
 * expected, byte for byte where it is the same for all.
 */
import { connect } from 'node:net';
import { type CommandEncoder, commandTemplate, NUMBER_DIGITS, writeDigits } from './command-template.ts';

const RING_BUFFERS = 8;
const BUFFER_BYTES = 64 * 1024;
const SILENCE_TIMEOUT_MS = 60_000;
const CR = 13;
const LF = 10;
const LETTER_X = 120;

/** A stream of commands that are all answered alike. */
export interface Pipeline extends CommandEncoder {
  readonly commands: number;
  /** The reply of every command, `+OK\r\n` for instance; without a line's end, how the line begins: `:`. */
  readonly reply: string;
}

/** The keys to write: `prefix` and twelve digits, as redis-benchmark names them. */
export interface KeySet {
  readonly keys: number;
  readonly prefix: string;
}

/** Writes every key of `set`, in order, with values of `valueBytes` letters x. */
export function loadKeys(port: number, set: KeySet, valueBytes: number): Promise<void> {
  return runPipeline(
    port,
    setCommands(
      set,
      valueBytes,
      (index) => index,
      () => valueBytes,
    ),
  );
}

/** Sets every counter of `set` to 0. */
export function loadCounters(port: number, set: KeySet): Promise<void> {
  const template = commandTemplate(['SET', `${set.prefix}%`, '0'], (index) => index);
  return runPipeline(port, { ...template, commands: set.keys, reply: '+OK\r\n' });
}

/**
 * Overwrites every key of `set` once, in a scattered order, with values of 1 to `longestBytes` letters: sizes and
 * order are pseudo-random and the same each time.
 */
export function overwriteKeys(port: number, set: KeySet, longestBytes: number): Promise<void> {
  const stride = coprimeStride(set.keys);
  const sizeOf = (index: number) => 1 + (scramble(index) % longestBytes);
  return runPipeline(
    port,
    setCommands(set, longestBytes, (index) => (index * stride) % set.keys, sizeOf),
  );
}

/** Reads every key of `set`; rejects unless all exist. Lookups also bring Redis's incremental rehashing to its end. */
export function touchKeys(port: number, set: KeySet): Promise<void> {
  const template = commandTemplate(['EXISTS', `${set.prefix}%`], (index) => index);
  return runPipeline(port, { ...template, commands: set.keys, reply: ':1\r\n' });
}

/** Sends all commands of `pipeline` and resolves when the last reply has come. */
export function runPipeline(port: number, pipeline: Pipeline): Promise<void> {
  const bufferBytes = Math.max(BUFFER_BYTES, pipeline.commandBytes);
  const buffers = Array.from({ length: RING_BUFFERS }, () => Buffer.allocUnsafeSlow(bufferBytes));
  const expected = Buffer.from(pipeline.reply, 'latin1');
  const isWhole = pipeline.reply.endsWith('\r\n');
  return new Promise((resolve, reject) => {
    // Replies still due per buffer; those before `oldest` in the ring are done.
    const due: number[] = new Array(RING_BUFFERS).fill(0);
    let oldest = 0;
    let newest = 0;
    let encoded = 0;
    let replied = 0;
    let position = 0;
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });

    const fill = () => {
      while (encoded < pipeline.commands && due[newest] === 0) {
        const first = encoded;
        const buffer = buffers[newest];
        let end = 0;
        while (encoded < pipeline.commands && end + pipeline.commandBytes <= bufferBytes) {
          end = pipeline.encode(buffer, end, encoded++);
        }
        due[newest] = encoded - first;
        newest = (newest + 1) % RING_BUFFERS;
        socket.write(buffer.subarray(0, end));
      }
    };
    const account = (replies: number) => {
      let left = replies;
      while (left > 0) {
        const taken = Math.min(left, due[oldest]);
        due[oldest] -= taken;
        left -= taken;
        if (due[oldest] === 0) oldest = (oldest + 1) % RING_BUFFERS;
      }
    };
    const finish = (error?: Error) => {
      socket.removeAllListeners('close');
      socket.destroy();
      if (error === undefined) resolve();
      else reject(error);
    };

    socket.on('connect', () => (pipeline.commands === 0 ? finish() : fill()));
    socket.on('data', (bytes: Buffer) => {
      let complete = 0;
      for (let i = 0; i < bytes.length; i++) {
        // The rest of a line of which only the beginning was told.
        if (position === expected.length) {
          if (bytes[i] !== LF) continue;
          position = 0;
          complete++;
          continue;
        }
        if (bytes[i] !== expected[position]) {
          const line = bytes.toString('latin1', i - Math.min(i, position)).split('\r\n')[0];
          finish(new Error(`command ${replied + complete} was answered ${JSON.stringify(line)}`));
          return;
        }
        position++;
        if (position === expected.length && isWhole) {
          position = 0;
          complete++;
        }
      }
      replied += complete;
      if (replied > encoded) {
        finish(new Error(`${encoded} commands were answered ${replied} times`));
        return;
      }
      account(complete);
      if (replied === pipeline.commands) finish();
      else fill();
    });
    socket.setTimeout(SILENCE_TIMEOUT_MS, () => finish(new Error(`no more replies after ${replied}`)));
    socket.on('error', (error) => finish(error));
    socket.on('close', () => finish(new Error(`the server closed the connection after ${replied} replies`)));
  });
}

function setCommands(
  set: KeySet,
  longestBytes: number,
  keyOf: (index: number) => number,
  sizeOf: (index: number) => number,
): Pipeline {
  const head = Buffer.from(`*3\r\n$3\r\nSET\r\n$${set.prefix.length + NUMBER_DIGITS}\r\n${set.prefix}`, 'latin1');
  const values = Buffer.alloc(longestBytes, LETTER_X);
  // Between key and value: the end of the key and the value's announced length.
  const joints = Array.from({ length: longestBytes + 1 }, (_, size) => Buffer.from(`\r\n$${size}\r\n`, 'latin1'));
  return {
    commands: set.keys,
    commandBytes: head.length + NUMBER_DIGITS + joints[longestBytes].length + longestBytes + 2,
    reply: '+OK\r\n',
    encode(target, offset, index) {
      const size = sizeOf(index);
      target.set(head, offset);
      let at = offset + head.length + NUMBER_DIGITS;
      writeDigits(target, at, keyOf(index));
      target.set(joints[size], at);
      at += joints[size].length;
      target.set(size === longestBytes ? values : values.subarray(0, size), at);
      at += size;
      target[at] = CR;
      target[at + 1] = LF;
      return at + 2;
    },
  };
}

/** A 32-bit mix (the finalizer of MurmurHash3) that stands in for random sizes and is the same each time. */
export function scramble(index: number): number {
  let h = index + 1;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A step that visits every one of `count` places once and has neighbours in time far apart. */
function coprimeStride(count: number): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  let stride = Math.floor(count * 0.618) + 1;
  while (divisor(stride, count) !== 1) stride++;
  return stride;
}

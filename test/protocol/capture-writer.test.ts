import { describe, expect, it } from 'vitest';
import { Slice } from '../../src/lib/slice.ts';
import {
  BigNumberReply,
  CaptureWriter,
  DoubleReply,
  MapReply,
  PushReply,
  SetReply,
  StatusReply,
  toPlain,
  VerbatimReply,
} from '../../src/protocol/capture-writer.ts';
import { errors } from '../../src/protocol/errors.ts';
import type { ReplyWriter, RespVersion } from '../../src/protocol/reply-writer.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** One of everything, in an array. */
function writeAll(writer: ReplyWriter): void {
  writer.array(14);
  writer.ok();
  writer.status('PONG');
  writer.error(errors.syntax);
  writer.integer(2n ** 60n);
  writer.bulk(Slice.from('a'));
  writer.beginBulk(2);
  writer.run(bytes('xby'), 1, 2);
  writer.run(bytes('xcy'), 1, 2);
  writer.endBulk();
  writer.null();
  writer.nullArray();
  writer.map(1);
  writer.integerBulk(7);
  writer.set(1);
  writer.text('é');
  writer.push(1);
  writer.integer(1);
  writer.double(1.5);
  writer.boolean(true);
  writer.verbatim('txt', 'words');
  writer.bigNumber('123456789012345678901234567890');
}

function captured(version: RespVersion, write: (writer: CaptureWriter) => void): ReturnType<CaptureWriter['take']> {
  const writer = new CaptureWriter(version);
  write(writer);
  return writer.take();
}

describe('CaptureWriter', () => {
  it('keeps the types of version 3', () => {
    expect(captured(3, writeAll)).toEqual([
      new StatusReply('OK'),
      new StatusReply('PONG'),
      errors.syntax,
      2n ** 60n,
      bytes('a'),
      bytes('bc'),
      null,
      null,
      new MapReply([[bytes('7'), new SetReply([bytes('é')])]]),
      new PushReply([1]),
      new DoubleReply(1.5),
      true,
      new VerbatimReply('txt', 'words'),
      new BigNumberReply('123456789012345678901234567890'),
    ]);
  });

  it('reduces them in version 2', () => {
    expect(captured(2, writeAll)).toEqual([
      new StatusReply('OK'),
      new StatusReply('PONG'),
      errors.syntax,
      2n ** 60n,
      bytes('a'),
      bytes('bc'),
      null,
      null,
      [bytes('7'), [bytes('é')]],
      [1],
      bytes('1.5'),
      1,
      bytes('words'),
      bytes('123456789012345678901234567890'),
    ]);
  });

  it('copies what dies with the command', () => {
    const buffer = bytes('value');
    const value = captured(3, (writer) => writer.bulk(new Slice(buffer, 0, 5)));
    buffer.fill(0);
    expect(value).toEqual(bytes('value'));
  });

  it('fills in deferred lengths, nested ones too', () => {
    const value = captured(3, (writer) => {
      const outer = writer.beginDeferred();
      writer.integer(1);
      const inner = writer.beginDeferred();
      writer.text('k');
      writer.null();
      writer.endDeferred(inner, 'map', 1);
      writer.endDeferred(outer, 'array', 2);
    });
    expect(value).toEqual([1, new MapReply([[bytes('k'), null]])]);
  });

  it('drops what was written since a mark, within an aggregate and a bulk string too', () => {
    const value = captured(3, (writer) => {
      writer.array(2);
      writer.integer(1);
      const mark = writer.mark();
      writer.array(5);
      writer.beginBulk(10);
      writer.rewind(mark);
      writer.error(errors.syntax);
    });
    expect(value).toEqual([1, errors.syntax]);
  });

  it('answers several replies, and refuses incomplete ones', () => {
    const writer = new CaptureWriter();
    writer.ok();
    writer.integer(1);
    expect(() => writer.take()).toThrow();
    writer.ok();
    writer.array(0);
    expect(writer.takeAll()).toEqual([new StatusReply('OK'), []]);
    expect(writer.takeAll()).toEqual([]);
    writer.array(1);
    expect(() => writer.takeAll()).toThrow();
    writer.reset();
    writer.beginDeferred();
    expect(() => writer.takeAll()).toThrow();
    writer.reset();
    writer.beginBulk(3);
    expect(() => writer.endBulk()).toThrow();
  });
});

describe('toPlain', () => {
  const reply = captured(3, writeAll);

  it('gives strings', () => {
    expect(toPlain(reply, { encoding: 'utf8' })).toEqual([
      'OK',
      'PONG',
      errors.syntax,
      2n ** 60n,
      'a',
      'bc',
      null,
      null,
      Object.assign(Object.create(null), { 7: ['é'] }),
      [1],
      1.5,
      true,
      'words',
      123456789012345678901234567890n,
    ]);
  });

  it('gives buffers', () => {
    expect(toPlain(Uint8Array.of(0xff, 0), { encoding: 'bytes' })).toEqual(Buffer.from([0xff, 0]));
    expect(toPlain(new StatusReply('OK'), { encoding: 'bytes' })).toBe('OK');
    expect(toPlain(new MapReply([[bytes('k'), bytes('v')]]), { encoding: 'bytes' })).toEqual(
      Object.assign(Object.create(null), { k: Buffer.from('v') }),
    );
  });

  it('makes objects that nothing can be smuggled into, and pairs where a key is no text', () => {
    const map = toPlain(new MapReply([[bytes('__proto__'), 1]]), { encoding: 'utf8' });
    expect(Object.keys(map as object)).toEqual(['__proto__']);
    expect(toPlain(new MapReply([[[1], 2]]), { encoding: 'utf8' })).toEqual([[[1], 2]]);
  });
});

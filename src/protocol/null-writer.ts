/**
 * Drops every reply: for a client that wants none (CLIENT REPLY OFF or SKIP). It has no state, so that one serves all.
 */
import { type DeferredMark, ReplyWriter, type RespVersion } from './reply-writer.ts';

export class NullWriter extends ReplyWriter {
  readonly version: RespVersion = 2;
  readonly pendingBytes = 0;

  override ok(): void {}
  override queued(): void {}
  override status(): void {}
  override error(): void {}
  override integer(): void {}
  override bulk(): void {}
  override bulks(): void {}
  override beginBulk(): void {}
  override run(): void {}
  override endBulk(): void {}
  override text(): void {}
  override integerBulk(): void {}
  override null(): void {}
  override nullArray(): void {}
  override array(): void {}
  override map(): void {}
  override set(): void {}
  override push(): void {}
  override attribute(): void {}
  override double(): void {}
  override boolean(): void {}
  override verbatim(): void {}
  override decimal(): void {}
  override bigNumber(): void {}
  override beginDeferred(): DeferredMark {
    return 0;
  }
  override endDeferred(): void {}
}

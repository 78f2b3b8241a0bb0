/**
 * An error reply as a value: its `code` is the first word on the wire (`ERR`, `WRONGTYPE`, …).
 *
 * A handler ends itself by throwing one; the executor answers it. It is no `Error`: no stack is captured, so that
 * a wrong argument costs a client's request and not a stack walk. Everything is parsed before anything is changed,
 * so an error thrown by a handler never leaves half a write behind.
 */
export class ReplyError {
  readonly code: string;
  /** The whole line after `-`, code included. */
  readonly line: string;

  constructor(line: string) {
    // The line ends at its first line break: what a client sent must not be able to forge a second reply.
    this.line = line.replace(/[\r\n]/g, ' ');
    const space = this.line.indexOf(' ');
    this.code = space < 0 ? this.line : this.line.slice(0, space);
  }
}

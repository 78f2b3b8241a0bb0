/**
 * A session of an engine without a network: commands in, replies as plain values out. The clock stands still until told
 * otherwise, the heap is one that makes mistakes show, and what commands tell others is written down.
 */
import { Config } from '../../src/config/config.ts';
import type { DirectiveName } from '../../src/config/directives/index.ts';
import type { Session } from '../../src/dispatch/session.ts';
import { Engine } from '../../src/engine.ts';
import { ManualClock } from '../../src/lib/clock.ts';
import { Xoshiro128 } from '../../src/lib/random.ts';
import { ParanoidHeap } from '../../src/memory/paranoid-heap.ts';
import { Args } from '../../src/protocol/args.ts';
import { CaptureWriter, type PlainValue, type ReplyValue, toPlain } from '../../src/protocol/capture-writer.ts';
import { ReplyError } from '../../src/protocol/reply-error.ts';

/** Strings become UTF-8. */
export type Word = string | number | bigint | Uint8Array;

export interface CommandSessionOptions {
  /** Directives and their texts. */
  readonly config?: Readonly<Partial<Record<DirectiveName, string>>>;
  /** Which types replies have; by default those of RESP2. */
  readonly version?: 2 | 3;
}

/** What a command did besides answering. */
export interface Effect {
  /** What was logged: `SET key value`. */
  readonly log: readonly string[];
  /** Keyspace events of all classes: `set key`. */
  readonly events: readonly string[];
  /** By how much the number of changes grew that save points count. */
  readonly dirty: number;
}

export class CommandSession {
  readonly clock = new ManualClock();
  readonly engine: Engine;
  readonly session: Session;
  private events: string[] = [];
  private log: string[] = [];
  private readonly writer: CaptureWriter;

  constructor(options: CommandSessionOptions = {}) {
    const config = Config.defaults();
    for (const [name, text] of Object.entries(options.config ?? {})) config.override(name as DirectiveName, text);
    const heap = new ParanoidHeap();
    this.engine = new Engine({ config, clock: this.clock, random: new Xoshiro128(1), heap });
    this.writer = new CaptureWriter(options.version ?? 2);
    this.session = this.engine.openSession(this.writer);
    this.engine.keyspace.events.add({
      event: (_class, name, _database, key) => this.events.push(`${name} ${key.toLatin1()}`),
      deleted: (_database, key, reason) => this.log.push(`(${reason}) ${key.toLatin1()}`),
    });
    this.engine.writeLog.subscribe({
      append: (_database, args) => this.log.push(textOf(args)),
      beginUnit: () => this.log.push('begin'),
      endUnit: () => this.log.push('end'),
    });
  }

  /** Runs a command. Texts are strings, bulk strings decoded as UTF-8. Throws when the reply is an error. */
  call(...words: readonly Word[]): PlainValue {
    const reply = this.reply(...words);
    if (reply instanceof ReplyError) throw new Error(`${words.join(' ')} answers ${reply.line}`);
    return toPlain(reply, { encoding: 'utf8' });
  }

  /** Runs a command that must fail, and answers its error's line. */
  error(...words: readonly Word[]): string {
    const reply = this.reply(...words);
    if (reply instanceof ReplyError) return reply.line;
    throw new Error(`${words.join(' ')} answers no error`);
  }

  /** Runs a command whose reply is wanted with all its types. */
  reply(...words: readonly Word[]): ReplyValue {
    const args = Args.of(...words.map((word) => (word instanceof Uint8Array ? word : String(word))));
    this.engine.execute(this.session, args);
    return this.writer.take();
  }

  /** Runs a command, and answers what it did besides its reply. */
  effectOf(...words: readonly Word[]): Effect {
    const { keyspace } = this.engine;
    const dirtyBefore = keyspace.dirty;
    this.events = [];
    this.log = [];
    this.reply(...words);
    return { log: this.log, events: this.events, dirty: keyspace.dirty - dirtyBefore };
  }

  /** Checks the keyspace. */
  verify(): void {
    this.engine.keyspace.verify();
  }
}

function textOf(args: Args): string {
  return Array.from({ length: args.count }, (_, i) => args.at(i).toLatin1()).join(' ');
}

/**
 * Sends one random sequence of commands to two servers and stops at the first reply that differs.
 *
 * Commands go out in pipelined batches. A difference is reported with everything needed to repeat it: the seed, the
 * index, the command, both replies and the commands before it that named the same keys.
 */
import type { Command, Word } from '../support/resp-client.ts';
import { repliesAgree } from './comparison.ts';
import { datasetDifferences, readDataset } from './dataset.ts';
import type { Generator, Step } from './generator.ts';
import { runSpecialStep } from './special-steps.ts';

/** One of the two servers. */
export interface Peer {
  readonly name: string;
  send(commands: readonly Command[]): Promise<readonly Buffer[]>;
}

export interface RunOptions {
  readonly seed: number;
  readonly commands: number;
  readonly batchSize?: number;
}

/** The two servers answered one command differently, or ended with different data. */
export class DifferenceError extends Error {
  override readonly name = 'DifferenceError';
  /** Of the command, from 0; -1 for a difference in the final data. */
  readonly index: number;

  constructor(index: number, message: string) {
    super(message);
    this.index = index;
  }
}

const REMEMBERED_COMMANDS = 5000;
const SHOWN_COMMANDS = 15;
const DATABASES = 16;

/** Compares `a`, the reference, with `b`. Both must be empty and in database 0. */
export async function runDifferential(generator: Generator, a: Peer, b: Peer, options: RunOptions): Promise<void> {
  const run = new Run(a, b, options);
  const batchSize = options.batchSize ?? 100;
  let batch: Step[] = [];
  for (let sent = 0; sent < options.commands; ) {
    const steps = generator.next();
    sent += steps.length;
    for (const step of steps) {
      if (step.kind === 'plain') {
        batch.push(step);
        continue;
      }
      await run.plain(batch);
      batch = [];
      await run.special(step);
    }
    if (batch.length >= batchSize) {
      await run.plain(batch);
      batch = [];
    }
  }
  await run.plain(batch);
  await run.finish();
}

class Run {
  private readonly a: Peer;
  private readonly b: Peer;
  private readonly options: RunOptions;
  private readonly history: Step[] = [];
  private index = 0;

  constructor(a: Peer, b: Peer, options: RunOptions) {
    this.a = a;
    this.b = b;
    this.options = options;
  }

  async plain(steps: readonly Step[]): Promise<void> {
    if (steps.length === 0) return;
    const commands = steps.map((step) => step.command);
    const [repliesA, repliesB] = await Promise.all([this.send(this.a, commands), this.send(this.b, commands)]);
    for (let i = 0; i < steps.length; i++) {
      const { name, command } = steps[i];
      if (!repliesAgree(name, command, repliesA[i], repliesB[i])) {
        this.fail(steps[i], `  ${show(repliesA[i])}\n  ${show(repliesB[i])}`);
      }
      this.done(steps[i]);
    }
  }

  async special(step: Step): Promise<void> {
    const difference = await runSpecialStep(step, this.a, this.b);
    if (difference !== null) this.fail(step, `  ${difference}`);
    this.done(step);
  }

  /** Compares the sizes and contents of all databases. */
  async finish(): Promise<void> {
    const sizes: Command[] = [['DISCARD'], ['UNWATCH']];
    for (let i = 0; i < DATABASES; i++) sizes.push(['SELECT', i], ['DBSIZE']);
    const [sizesA, sizesB] = await Promise.all([this.send(this.a, sizes), this.send(this.b, sizes)]);
    const [digestA, digestB] = await Promise.all([this.digest(this.a), this.digest(this.b)]);
    const sameSizes = Buffer.concat(sizesA).equals(Buffer.concat(sizesB));
    // A server without DEBUG DIGEST is compared key by key.
    const hasDigests = digestA !== null && digestB !== null;
    if (sameSizes && hasDigests && digestA === digestB) return;
    const [dataA, dataB] = await Promise.all([readDataset(this.a), readDataset(this.b)]);
    const differences = datasetDifferences(dataA, dataB);
    if (sameSizes && !hasDigests && differences.length === 0) return;
    throw new DifferenceError(
      -1,
      `After ${this.index} commands of seed ${this.options.seed} the data of ${this.a.name} and ${this.b.name} differ ` +
        `(digests ${digestA} and ${digestB}):\n${differences.join('\n') || 'in something that no command shows'}`,
    );
  }

  private async digest(peer: Peer): Promise<string | null> {
    const [reply] = await this.send(peer, [['DEBUG', 'DIGEST']]);
    return /[0-9a-f]{40}/.exec(reply.toString('latin1'))?.[0] ?? null;
  }

  private async send(peer: Peer, commands: readonly Command[]): Promise<readonly Buffer[]> {
    try {
      return await peer.send(commands);
    } catch (cause) {
      const last = commands.map((command) => `  ${quote(command)}`).join('\n');
      throw new Error(
        `${peer.name} failed within ${commands.length} commands from ${this.index} of seed ${this.options.seed}:\n${last}`,
        { cause },
      );
    }
  }

  private done(step: Step): void {
    this.index++;
    this.history.push(step);
    if (this.history.length > 2 * REMEMBERED_COMMANDS) this.history.splice(0, REMEMBERED_COMMANDS);
  }

  private fail(step: Step, replies: string): never {
    const keys = keysOf(step.command);
    const before = this.history
      .filter(({ name, command }) => isGlobal(name) || keysOf(command).some((key) => keys.includes(key)))
      .slice(-SHOWN_COMMANDS)
      .map(({ command }) => `  ${quote(command)}`);
    throw new DifferenceError(
      this.index,
      `DIFF_SEED=${this.options.seed}, command ${this.index}: ${quote(step.command)}\n` +
        `${this.a.name} and ${this.b.name} answer\n${replies}\n` +
        `The last commands on the same keys:\n${before.join('\n') || '  none'}`,
    );
  }
}

/** Commands that concern all keys. */
function isGlobal(name: string): boolean {
  return ['select', 'flushall', 'flushdb', 'swapdb', 'multi', 'exec', 'discard'].includes(name);
}

/** Random keys are told by their prefix, wherever they stand. */
function keysOf(command: readonly Word[]): readonly string[] {
  return command.flatMap((word) => (typeof word === 'string' && word.startsWith('key:') ? [word] : []));
}

function show(raw: Buffer): string {
  return JSON.stringify(raw.toString('latin1', 0, 2000));
}

/** The command as redis-cli would take it, long words cut. */
function quote(command: readonly Word[]): string {
  return command
    .slice(0, 60)
    .map((word) => {
      const text = word instanceof Uint8Array ? Buffer.from(word).toString('latin1') : String(word);
      const cut = text.length > 200 ? `${text.slice(0, 100)}...(${text.length} bytes)` : text;
      return /^[\w:.*+()[\]#$~=>-]+$/.test(cut) ? cut : JSON.stringify(cut).replaceAll(/\\u00(..)/g, '\\x$1');
    })
    .join(' ');
}

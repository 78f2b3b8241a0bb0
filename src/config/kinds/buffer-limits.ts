/** `client-output-buffer-limit`: how much output may wait for a client, by class of client. */

import { formatMemorySize, parseMemorySize } from '../../lib/memory-size.ts';
import { accepted, Directive, type Facts, type Parsed, type RewrittenLine, refused } from '../directive.ts';
import { parseSaturating } from '../numbers.ts';

export interface BufferLimit {
  /** A client above this is disconnected at once; 0 is no limit. */
  readonly hardBytes: number;
  /** A client above this for `softSeconds` is disconnected; 0 is no limit. */
  readonly softBytes: number;
  readonly softSeconds: number;
}

export interface BufferLimits {
  readonly normal: BufferLimit;
  readonly replica: BufferLimit;
  readonly pubsub: BufferLimit;
}

export type ExactLimit = readonly [hardBytes: bigint, softBytes: bigint, softSeconds: bigint];
export type ExactLimits = Readonly<Record<keyof BufferLimits, ExactLimit>>;

const CLASSES = ['normal', 'replica', 'pubsub'] as const;

interface BufferLimitsFacts extends Facts {
  readonly default: BufferLimits;
}

class BufferLimitsDirective<Name extends string> extends Directive<Name, BufferLimits, ExactLimits> {
  declare readonly facts: BufferLimitsFacts;
  override readonly multiple = true;

  initial(): ExactLimits {
    return this.store(this.facts.default);
  }

  parse(args: readonly string[], current: ExactLimits): Parsed<ExactLimits> {
    if (args.length % 4 !== 0) return refused('Wrong number of arguments in buffer limit configuration.');
    const limits = { ...current };
    for (let i = 0; i < args.length; i += 4) {
      const given = args[i].toLowerCase();
      const name = CLASSES.find((candidate) => candidate === (given === 'slave' ? 'replica' : given));
      if (name === undefined) return refused('Invalid client class specified in buffer limit configuration.');
      const hard = parseMemorySize(args[i + 1]);
      const soft = parseMemorySize(args[i + 2]);
      const wide = parseSaturating(args[i + 3]);
      const seconds = wide === null ? -1n : BigInt.asIntN(32, wide);
      if (hard === null || soft === null || seconds < 0n) {
        return refused('Error in hard, soft or soft_seconds setting in buffer limit configuration.');
      }
      limits[name] = [hard, soft, seconds];
    }
    return accepted(limits);
  }

  print(stored: ExactLimits): string {
    return CLASSES.map((name) => `${name === 'replica' ? 'slave' : name} ${stored[name].join(' ')}`).join(' ');
  }

  view(stored: ExactLimits): BufferLimits {
    return { normal: viewed(stored.normal), replica: viewed(stored.replica), pubsub: viewed(stored.pubsub) };
  }

  store(value: BufferLimits): ExactLimits {
    return { normal: exact(value.normal), replica: exact(value.replica), pubsub: exact(value.pubsub) };
  }

  domain(): string {
    return 'groups of class (normal, replica, pubsub), hard limit, soft limit, soft seconds';
  }

  lines(stored: ExactLimits): readonly RewrittenLine[] {
    const initial = this.initial();
    return CLASSES.map((name) => {
      const [hard, soft, seconds] = stored[name];
      return {
        text: `${name} ${formatMemorySize(hard)} ${formatMemorySize(soft)} ${seconds}`,
        force: stored[name].join() !== initial[name].join(),
      };
    });
  }
}

function viewed([hard, soft, seconds]: ExactLimit): BufferLimit {
  return { hardBytes: Number(hard), softBytes: Number(soft), softSeconds: Number(seconds) };
}

function exact({ hardBytes, softBytes, softSeconds }: BufferLimit): ExactLimit {
  return [BigInt(hardBytes), BigInt(softBytes), BigInt(softSeconds)];
}

export function bufferLimits<const Name extends string>(
  name: Name,
  facts: BufferLimitsFacts,
): Directive<Name, BufferLimits, ExactLimits> {
  return new BufferLimitsDirective(name, facts);
}

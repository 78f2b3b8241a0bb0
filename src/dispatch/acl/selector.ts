/**
 * A selector: commands, keys and channels that are allowed together. A user has one of its own, and more in
 * parentheses; a command line is allowed if one of them allows all of it.
 */
import { describeCommands } from './command-description.ts';
import type { CommandIndex } from './command-index.ts';
import { CommandRules } from './command-rules.ts';
import { ChannelPatterns, KeyPatterns } from './patterns.ts';

export class Selector {
  readonly commands: CommandRules;
  readonly keys: KeyPatterns;
  readonly channels: ChannelPatterns;

  private constructor(commands: CommandRules, keys: KeyPatterns, channels: ChannelPatterns) {
    this.commands = commands;
    this.keys = keys;
    this.channels = channels;
  }

  /** A selector that allows nothing, or no more than all channels. */
  static empty(index: CommandIndex, allChannels: boolean): Selector {
    const selector = new Selector(new CommandRules(index), new KeyPatterns(), new ChannelPatterns());
    selector.channels.setAll(allChannels);
    return selector;
  }

  copy(): Selector {
    return new Selector(this.commands.copy(), this.keys.copy(), this.channels.copy());
  }

  /** True when there is nothing that it does not allow. */
  get allowsEverything(): boolean {
    return this.commands.allowsAll && this.keys.allowsAll && this.channels.allowsAll;
  }

  /** The rules that make a new selector this one, whatever channels it begins with. */
  describe(): string[] {
    const channels = this.channels.describe();
    const words = [...this.keys.describe(), ...(this.channels.allowsAll ? channels : ['resetchannels', ...channels])];
    words.push(...describeCommands(this.commands).split(' '));
    return words;
  }
}

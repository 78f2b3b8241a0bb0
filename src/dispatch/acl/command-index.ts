/**
 * The commands as access rules speak of them: by name, by category, and one by one.
 *
 * Rules name commands as they are declared, whatever `rename-command` calls them, so that the same rules mean the same
 * everywhere.
 */
import type { Command, CommandRegistry } from '../registry.ts';
import { ACL_CATEGORIES, categoriesOf } from './categories.ts';

/** Commands that rules allow and deny together. */
export interface Category {
  /** Without `@`. */
  readonly name: string;
  /** Commands and subcommands. A subcommand need not be of its container's categories. */
  readonly members: readonly Command[];
}

export class CommandIndex {
  /** In the order in which Redis lists them. */
  readonly categories: readonly Category[];
  /** Commands, without subcommands, by name. */
  readonly commands: readonly Command[];
  private readonly registry: CommandRegistry;
  private readonly byName: ReadonlyMap<string, Category>;

  constructor(registry: CommandRegistry) {
    this.registry = registry;
    this.commands = [...registry.allDeclared()].sort(byName);
    const members = new Map<string, Command[]>(ACL_CATEGORIES.map((name) => [name, []]));
    for (const command of this.commands) {
      for (const each of [command, ...[...command.subcommands.values()].sort(byName)]) {
        for (const category of categoriesOf(each.spec)) members.get(category)?.push(each);
      }
    }
    this.categories = ACL_CATEGORIES.map((name) => ({ name, members: members.get(name) ?? [] }));
    this.byName = new Map(this.categories.map((category) => [category.name, category]));
  }

  /** How many commands and subcommands there are. */
  get size(): number {
    return this.registry.idCount;
  }

  /** The command of this name, `container|subcommand` included, in any case. */
  find(name: string): Command | undefined {
    return this.registry.declaredAs(name.toLowerCase());
  }

  /** The category of this name without `@`, in any case. */
  category(name: string): Category | undefined {
    return this.byName.get(name.toLowerCase());
  }
}

function byName(a: Command, b: Command): number {
  return a.fullName < b.fullName ? -1 : 1;
}

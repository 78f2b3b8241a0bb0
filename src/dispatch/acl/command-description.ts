/**
 * The rules that make a selector's commands what they are, as ACL LIST and GETUSER print them.
 *
 * They begin with all commands or none, whichever the last rule for all was. Then follow categories, as long as one has
 * more commands for which it is right than others, the one with the fewest others first and among those the one with
 * the most right ones; then single commands, by name. The choice of categories is that of Redis 7.0
 * (`ACLDescribeSelectorCommandRules` of `src/acl.c`), whose order of single commands is a hash table's, and differs from
 * one start to the next.
 */
import type { Command } from '../registry.ts';
import type { Category } from './command-index.ts';
import { CommandRules } from './command-rules.ts';

/** The rules, without a space at the end. */
export function describeCommands(rules: CommandRules): string {
  const { index } = rules;
  const adds = !rules.startsFull;
  const sign = adds ? '+' : '-';
  const words = [adds ? '-@all' : '+@all'];
  /** What the words so far amount to. */
  const described = new CommandRules(index);
  described.setAll(!adds);
  /** The rules without what is described: categories are counted once. */
  const left = rules.copy();
  const candidates = new Set(index.categories);
  for (;;) {
    const best = bestCategory(candidates, left, adds);
    if (best === null) break;
    words.push(`${sign}@${best.name}`);
    described.setCategory(best, adds);
    left.setCategory(best, !adds);
    candidates.delete(best);
  }
  const describe = (command: Command): void => {
    const allowed = rules.has(command);
    if (described.has(command) !== allowed) {
      words.push(`${allowed ? '+' : '-'}${command.fullName}`);
      described.set(command, allowed);
    }
    for (const subcommand of command.subcommands.values()) describe(subcommand);
    for (const first of rules.firstArgsOf(command)) words.push(`+${command.fullName}|${first}`);
  };
  for (const command of index.commands) describe(command);
  return words.join(' ');
}

function bestCategory(candidates: Iterable<Category>, rules: CommandRules, adds: boolean): Category | null {
  let best: Category | null = null;
  let fewestOthers = 0;
  let mostRight = 0;
  for (const category of candidates) {
    let right = 0;
    for (const command of category.members) if (rules.has(command) === adds) right++;
    const others = category.members.length - right;
    if (right <= others) continue;
    if (best !== null && (others > fewestOthers || (others === fewestOthers && right <= mostRight))) continue;
    best = category;
    fewestOthers = others;
    mostRight = right;
  }
  return best;
}

/**
 * Random commands out of command declarations: the same seed makes the same sequence.
 *
 * Arguments are filled in along the syntax tree from small pools; about one command in eight is then damaged (an
 * argument dropped, added, swapped or replaced) so that error replies are compared too.
 */
import { type ArgumentNode, parseSyntax } from '../../src/dispatch/syntax.ts';
import type { GeneratorSpec } from '../support/docs-syntax.ts';
import type { Word } from '../support/resp-client.ts';
import { comparisonOf } from './comparison.ts';
import {
  EXTRA_FORMS,
  FILLS_BY_NAME,
  familiesOf,
  HOOKS,
  type Hook,
  isComparable,
  type StepKind,
  TIME_ARGUMENTS,
} from './hooks.ts';
import { Random } from './random.ts';
import * as values from './values.ts';

/** One command and how it is to be executed and compared. */
export interface Step {
  /** In lower case, a subcommand after a space. */
  readonly name: string;
  readonly kind: StepKind;
  readonly command: readonly Word[];
}

interface Entry {
  readonly name: string;
  readonly nodes: readonly ArgumentNode[];
  readonly hook: Hook;
  /** Where keys come from; null for all families. */
  readonly families: readonly values.KeyFamily[] | null;
  readonly swappable: boolean;
  readonly mutable: boolean;
  /** Literal tokens of the syntax, to be appended where they don't belong. */
  readonly tokens: readonly string[];
}

const MUTATED = 0.12;
const OPTION_GIVEN = 0.3;
const TRANSACTION = 0.01;
/** Enough elements in one command to outgrow every compact encoding's default limit. */
const MANY = 140;

export class Generator {
  private readonly random: Random;
  /** Of the command being made. */
  private family: values.KeyFamily = 'string';
  private readonly entries: { readonly item: Entry; readonly weight: number }[] = [];
  private readonly transactional: { readonly item: Entry; readonly weight: number }[];

  constructor(specs: readonly GeneratorSpec[], seed: number) {
    this.random = new Random(seed);
    for (const spec of specs) this.add(spec, '');
    // A seed means the same whatever order the declarations come in.
    this.entries.sort((a, b) => (a.item.name < b.item.name ? -1 : a.item.name > b.item.name ? 1 : 0));
    this.transactional = this.entries.filter(
      ({ item }) =>
        (item.hook.kind ?? 'plain') === 'plain' &&
        comparisonOf(item.name) === null &&
        !TRANSACTION_WORDS.has(item.name),
    );
  }

  /** The names of the commands that take part. */
  get names(): readonly string[] {
    return [...new Set(this.entries.map(({ item }) => item.name))];
  }

  /** The next command, or a whole transaction. */
  next(): readonly Step[] {
    if (this.transactional.length > 0 && this.random.chance(TRANSACTION)) return this.transaction();
    return [this.step(this.random.weighted(this.entries))];
  }

  private add(spec: GeneratorSpec, parent: string): void {
    const name = parent + spec.name;
    for (const subcommand of spec.subcommands ?? []) this.add(subcommand, `${name} `);
    if ((spec.subcommands?.length ?? 0) > 0 || !isComparable(name, spec.group, spec.since)) return;
    this.addForm(name, spec, HOOKS[name] ?? {});
    for (const form of EXTRA_FORMS) if (form.name === name) this.addForm(name, spec, form.hook);
  }

  private addForm(name: string, spec: GeneratorSpec, hook: Hook): void {
    const nodes = parseSyntax(spec.syntax);
    const all = flatten(nodes);
    const item: Entry = {
      name,
      nodes,
      hook,
      families: hook.families ?? familiesOf(spec.group),
      // A damaged timeout could be one that waits for ever.
      mutable: hook.mutable !== false && !spec.flags.includes('blocking'),
      swappable: hook.swappable !== false && !all.some((node) => TIME_ARGUMENTS.has(node.name)),
      tokens: all.flatMap((node) => (node.token === null || node.token === '*' ? [] : [node.token])),
    };
    // A blocking command that finds nothing costs Redis a tenth of a second.
    const weight = spec.flags.includes('blocking') && !name.startsWith('xread') ? 0.3 : 1;
    this.entries.push({ item, weight: hook.weight ?? weight });
  }

  private transaction(): readonly Step[] {
    const { random } = this;
    const steps: Step[] = [plain('multi')];
    for (let i = random.between(0, 6); i > 0; i--) steps.push(this.step(random.weighted(this.transactional)));
    steps.push(plain(random.chance(0.85) ? 'exec' : 'discard'));
    return steps;
  }

  private step(entry: Entry): Step {
    const { random } = this;
    const words: Word[] = entry.name.split(' ').map((word) => this.vary(word.toUpperCase()));
    const first = words.length;
    this.family = entry.families === null ? values.family(random) : random.pick(entry.families);
    if (entry.hook.build !== undefined) words.push(...entry.hook.build(random, this.key));
    else this.fillAll(entry.nodes, entry.hook, words);
    if (entry.mutable && random.chance(MUTATED)) this.mutate(words, first, entry);
    return { name: entry.name, kind: entry.hook.kind ?? 'plain', command: words };
  }

  private readonly key = (): string => values.key(this.random, this.family);

  private vary(word: string): string {
    if (!this.random.chance(0.05)) return word;
    return this.random.chance(0.5) ? word.toLowerCase() : word[0] + word.slice(1).toLowerCase();
  }

  private fillAll(nodes: readonly ArgumentNode[], hook: Hook, words: Word[]): void {
    let countAt = -1;
    for (const node of nodes) {
      const before = words.length;
      if (node.name === 'numkeys') countAt = before;
      this.fillNode(node, hook, words);
      if (node.type === 'key' && node.multiple && countAt >= 0) {
        const keys = words.length - before;
        words[countAt] = String(this.random.chance(0.95) ? keys : keys + this.random.between(-2, 2));
        countAt = -1;
      }
    }
  }

  private fillNode(node: ArgumentNode, hook: Hook, words: Word[]): void {
    const { random } = this;
    if (hook.omit?.includes(node.name)) return;
    if (node.optional && !hook.always?.includes(node.name) && !random.chance(OPTION_GIVEN)) return;
    if (node.token !== null && !node.multipleToken) words.push(this.vary(node.token));
    for (let i = this.repetitions(node); i > 0; i--) {
      if (node.token !== null && node.multipleToken) words.push(this.vary(node.token));
      const fill = hook.fill?.[node.name] ?? FILLS_BY_NAME[node.name];
      if (node.type === 'pure-token') continue;
      if (fill !== undefined && node.type !== 'key') words.push(fill(random));
      else this.fillByType(node, hook, words);
    }
  }

  private repetitions(node: ArgumentNode): number {
    if (!node.multiple) return 1;
    const { random } = this;
    if (node.type === 'key' || node.multipleToken || !random.chance(0.01)) return random.between(1, 3);
    return MANY;
  }

  private fillByType(node: ArgumentNode, hook: Hook, words: Word[]): void {
    const { random } = this;
    switch (node.type) {
      case 'key':
        words.push(this.key());
        break;
      case 'integer':
        words.push(values.integer(random));
        break;
      case 'double':
        words.push(values.double(random));
        break;
      case 'pattern':
        words.push(values.pattern(random));
        break;
      case 'unix-time':
        words.push(values.deadline(random, 1000));
        break;
      case 'oneof':
        this.fillNode({ ...random.pick(node.arguments), optional: false }, hook, words);
        break;
      case 'block':
        this.fillAll(node.arguments, hook, words);
        break;
      default:
        words.push(values.value(random));
    }
  }

  private mutate(words: Word[], first: number, entry: Entry): void {
    const { random } = this;
    const count = words.length - first;
    const at = first + random.below(Math.max(1, count));
    const token = entry.tokens.length > 0 ? random.pick(entry.tokens) : 'NX';
    switch (random.below(entry.swappable ? 5 : 4)) {
      case 0:
        words.splice(at, 1);
        break;
      case 1:
        words.push(random.chance(0.6) ? token : values.garbage(random));
        break;
      case 2:
        if (count > 0) words[at] = values.garbage(random);
        break;
      case 3:
        for (let i = first; i < words.length; i++) {
          const word = words[i];
          if (typeof word === 'string' && entry.tokens.includes(word)) words[i] = word.toLowerCase();
        }
        break;
      default: {
        if (count < 2) break;
        const other = first + random.below(count);
        [words[at], words[other]] = [words[other], words[at]];
      }
    }
  }
}

const TRANSACTION_WORDS: ReadonlySet<string> = new Set(['multi', 'exec', 'discard', 'watch']);

function plain(name: string): Step {
  return { name, kind: 'plain', command: [name.toUpperCase()] };
}

function flatten(nodes: readonly ArgumentNode[]): readonly ArgumentNode[] {
  return nodes.flatMap((node) => [node, ...flatten(node.arguments)]);
}

/**
 * What stands in which brackets of a command's syntax, before words are given meaning. See syntax.ts for the notation.
 */
import { invariant } from '../lib/invariant.ts';

/** A word, or a bracket with what is in it. */
export type Item =
  | { readonly kind: 'word'; readonly text: string }
  | {
      /** `[…]`, `<…>`, `[… ...]`. */
      readonly kind: 'optional' | 'required' | 'repeat';
      /** The words, one blank between them; of a repetition without its bracket and its dots. */
      readonly text: string;
      readonly alternatives: Alternatives;
    };

/** What bars separate: usually it is one. */
export type Alternatives = readonly (readonly Item[])[];

/** @throws when a bracket is not closed or was not opened */
export function readBrackets(syntax: string): Alternatives {
  return new BracketReader(syntax.match(/[[\]<>|]|[^\s[\]<>|]+/g) ?? []).alternatives('');
}

/** The text of alternatives, as {@link Item} has it. */
export function textOf(alternatives: Alternatives): string {
  const texts = alternatives.map((items) => items.map(textOfItem).join(' '));
  return texts.join(' | ');
}

function textOfItem({ kind, text }: Item): string {
  return kind === 'repeat' ? `[ ${text} ... ]` : text;
}

/** Recursive descent over brackets and bars. */
class BracketReader {
  private readonly words: readonly string[];
  private position = 0;

  constructor(words: readonly string[]) {
    this.words = words;
  }

  /** Reads up to `close` (the end of the text when empty) and past it. */
  alternatives(close: string): Alternatives {
    const alternatives: Item[][] = [[]];
    for (;;) {
      const word = this.words[this.position];
      invariant(word !== undefined || close === '', `a bracket is not closed: '${this.words.join(' ')}'`);
      this.position++;
      if (word === undefined || word === close) return alternatives;
      invariant(word !== ']' && word !== '>', `a bracket was not opened: '${this.words.join(' ')}'`);
      if (word === '|') alternatives.push([]);
      else alternatives[alternatives.length - 1].push(this.item(word));
    }
  }

  private item(word: string): Item {
    if (word !== '[' && word !== '<') return { kind: 'word', text: word };
    const begin = this.position;
    const alternatives = this.alternatives(word === '[' ? ']' : '>');
    const inside = this.words.slice(begin, this.position - 1);
    if (word === '<') return { kind: 'required', text: `< ${inside.join(' ')} >`, alternatives };
    if (inside[inside.length - 1] === '...') {
      return { kind: 'repeat', text: inside.slice(0, -1).join(' '), alternatives };
    }
    return { kind: 'optional', text: `[ ${inside.join(' ')} ]`, alternatives };
  }
}

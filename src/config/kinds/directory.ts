/**
 * `dir`: where the server's files are. Kept as an absolute path without symbolic links.
 *
 * The process's own working directory is not changed here, since several servers may live in one process: a
 * relative path is meant from the directory set so far, as after a change of directory.
 */

import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { systemErrorText } from '../../lib/system-error.ts';
import { accepted, Directive, type Facts, type Parsed, type RewrittenLine, refused } from '../directive.ts';
import { fromByteString, quoteWord, toByteString } from '../words.ts';

class DirectoryDirective<Name extends string> extends Directive<Name, string> {
  initial(): string {
    return this.store(process.cwd());
  }

  parse(args: readonly string[], current: string): Parsed<string> {
    if (args[0] === '') return refused('No such file or directory');
    try {
      const path = realpathSync(resolve(this.view(current), this.view(args[0])));
      if (!statSync(path).isDirectory()) return refused('Not a directory');
      accessSync(path, constants.X_OK);
      return accepted(this.store(path));
    } catch (error) {
      return refused(systemErrorText(error));
    }
  }

  print(stored: string): string {
    return stored;
  }

  view(stored: string): string {
    return fromByteString(stored);
  }

  store(value: string): string {
    return toByteString(value);
  }

  domain(): string {
    return 'the path of a directory that exists';
  }

  lines(stored: string): readonly RewrittenLine[] {
    return [{ text: quoteWord(stored), force: true }];
  }
}

export function directory<const Name extends string>(name: Name, facts: Facts): Directive<Name, string> {
  return new DirectoryDirective(name, facts);
}

/**
 * Reading the configuration at start: a file, then standard input, then the command line, later lines winning.
 *
 * The format is that of redis.conf: one directive per line, words in quotes where they need it, comments from a
 * hash sign at the start of a line.
 */

import { closeSync, openSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { systemErrorText } from '../lib/system-error.ts';
import { directiveLines } from './command-line.ts';
import { Config } from './config.ts';
import { badDirective, ConfigError, type ConfigLocation } from './config-error.ts';
import { findDirective } from './directives/index.ts';
import { expandPathPattern, isPathPattern } from './path-glob.ts';
import { fromByteString, splitWords } from './words.ts';

export interface LoadOptions {
  /** The path of a configuration file; "-" for standard input only. */
  readonly file?: string;
  /** What standard input has supplied, which is read after the file. */
  readonly stdin?: string | Uint8Array;
  /** Arguments such as `--port 6380`, which are read last. */
  readonly directives?: readonly string[];
  /** Name and version of the server, for messages. */
  readonly product?: string;
}

/** A line that isn't a setting, for the part of the server it concerns. */
export interface Statement {
  /** The words after the first, as byte strings. */
  readonly args: readonly string[];
  readonly location: ConfigLocation;
}

export interface LoadedConfig {
  readonly config: Config;
  /** `user NAME RULE…`: the arguments are name and rules. */
  readonly users: readonly Statement[];
  /** `rename-command NAME NEW-NAME`. */
  readonly renamedCommands: readonly Statement[];
  /** `loadmodule PATH ARGUMENT…`. */
  readonly modules: readonly Statement[];
  /** `MODULE.NAME VALUE…`: settings of modules, the name first. */
  readonly moduleSettings: readonly Statement[];
}

const DEFAULT_PRODUCT = 'respd';

/** Included files may include others this deep; deeper is a file that includes itself. */
const DEEPEST_INCLUDE = 64;

/** Directives of older versions that are still accepted with one argument, and mean nothing. */
const OBSOLETE: ReadonlySet<string> = new Set([
  'list-max-ziplist-entries',
  'list-max-ziplist-value',
  'lua-replicate-commands',
]);

/** Reads the configuration. Throws {@link ConfigError} for what the server can't start with. */
export function loadConfig(options: LoadOptions = {}): LoadedConfig {
  const loader = new Loader(options.product ?? DEFAULT_PRODUCT);
  loader.load(options);
  return loader;
}

/** The error for a {@link Statement} that turns out to be wrong. */
export function statementError(statement: Statement, reason: string, product = DEFAULT_PRODUCT): ConfigError {
  return badDirective(product, reason, statement.location);
}

class Loader implements LoadedConfig {
  readonly config = Config.defaults();
  readonly users: Statement[] = [];
  readonly renamedCommands: Statement[] = [];
  readonly modules: Statement[] = [];
  readonly moduleSettings: Statement[] = [];
  private readonly product: string;
  private readonly mentioned = new Set<string>();
  // False after an included file has ended: in Redis, lines that follow replace earlier ones of their directive
  // rather than add to them. Configurations made for it mean the same here.
  private appending = true;

  constructor(product: string) {
    this.product = product;
  }

  load({ file, stdin, directives = [] }: LoadOptions): void {
    let text = '';
    let path: string | null = null;
    if (file !== undefined && file !== '-') {
      path = resolve(file);
      text = isPathPattern(file) ? expandPathPattern(file, process.cwd()).map(readText).join('') : readText(path);
    }
    this.config.filePath = path;
    const fileLines = text === '' ? 0 : text.split('\n').length;
    if (stdin !== undefined) text += Buffer.from(stdin).toString('latin1');
    if (directives.length > 0) text += `\n${directiveLines(directives)}`;
    this.readLines(text, (line) => (line <= fileLines ? path : null), 0);
    this.checkWhole();
  }

  private readLines(text: string, fileOf: (line: number) => string | null, depth: number): void {
    for (const [i, raw] of text.split('\n').entries()) {
      const line = trimBlanks(raw);
      if (line === '' || line.startsWith('#')) continue;
      const location = { file: fileOf(i + 1), line: i + 1, text: fromByteString(line) };
      const words = splitWords(line);
      if (words === null) throw this.bad('Unbalanced quotes in configuration line', location);
      if (words.length > 0) this.readDirective(words, location, depth);
    }
  }

  private readDirective(words: readonly string[], location: ConfigLocation, depth: number): void {
    const name = words[0].toLowerCase();
    const args = words.slice(1);
    const named = findDirective(name);
    if (named === undefined) {
      this.readStatement(name, args, location, depth);
      return;
    }
    const { directive } = named;
    if (!directive.multiple && args.length !== 1) throw this.bad('wrong number of arguments', location);
    const packed = directive.multiple && args.length === 1 && args[0] !== '';
    const values = packed ? (splitWords(args[0]) ?? []) : args;
    const error = this.config.load(directive, values, this.appending && this.mentioned.has(directive.name));
    if (error !== null) throw this.bad(error, location);
    this.mentioned.add(directive.name);
  }

  private readStatement(name: string, args: readonly string[], location: ConfigLocation, depth: number): void {
    if (OBSOLETE.has(name) && args.length === 1) return;
    const statement = { args, location };
    if (name === 'include' && args.length === 1) this.include(fromByteString(args[0]), location, depth + 1);
    else if (name === 'rename-command' && args.length === 2) this.renamedCommands.push(statement);
    else if (name === 'user' && args.length >= 1) this.users.push(statement);
    else if (name === 'loadmodule' && args.length >= 1) this.modules.push(statement);
    else if (name.includes('.')) {
      if (args.length === 0) throw this.bad('Module config specified without value', location);
      this.moduleSettings.push({ args: [name, ...args], location });
    } else if (name === 'sentinel') {
      if (args.length > 0) throw this.bad('sentinel directive while not in sentinel mode', location);
    } else throw this.bad('Bad directive or wrong number of arguments', location);
  }

  /** Relative paths start from `dir` as set so far, since Redis changes its directory there. */
  private include(path: string, location: ConfigLocation, depth: number): void {
    if (depth > DEEPEST_INCLUDE) throw this.bad('Files include each other without end', location);
    const directory = this.config.get('dir');
    const files = isPathPattern(path) ? expandPathPattern(path, directory) : [resolve(directory, path)];
    this.appending = true;
    for (const file of files) this.readLines(readText(file), () => file, depth);
    this.appending = false;
  }

  private checkWhole(): void {
    const logFile = this.config.get('logfile');
    if (logFile !== '') {
      try {
        closeSync(openSync(resolve(this.config.get('dir'), logFile), 'a'));
      } catch (error) {
        throw this.bad(`Can't open the log file: ${systemErrorText(error)}`, null);
      }
    }
    if (this.config.get('cluster-enabled') && this.config.get('replicaof') !== null) {
      throw this.bad('replicaof directive not allowed in cluster mode', null);
    }
  }

  private bad(reason: string, location: ConfigLocation | null): ConfigError {
    return badDirective(this.product, reason, location);
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    const message = `Fatal error, can't open config file '${path}': ${systemErrorText(error)}`;
    throw new ConfigError('CONFIG_FILE_UNREADABLE', message, { file: path }, error);
  }
}

function trimBlanks(line: string): string {
  return line.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
}

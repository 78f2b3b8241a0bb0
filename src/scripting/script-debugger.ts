/**
 * The debugger of scripts, as redis-cli --ldb-sync-mode talks to it: a script that runs line by line, and a client that
 * is asked at each stop what to do (`src/eval.c` of Redis 7.0.15).
 *
 * The server does nothing else meanwhile: the client is talked with without the event loop. What is said to it are arrays
 * of statuses, one for each line of text. Texts have a character for each byte.
 */
import { performance } from 'node:perf_hooks';
import type { Args } from '../protocol/args.ts';
import { DEBUG_HELP, readDebugCommand } from './debug-commands.ts';
import { errorText, replyText, valueText } from './debug-text.ts';
import type { Coroutines } from './lua/coroutines.ts';
import { GLOBALS_INDEX, type LuaPointer, STATUS_OK } from './lua/layout.ts';
import type { LuaVm } from './lua/lua-vm.ts';
import type { ReplyTape } from './reply-tape.ts';

const MAX_INPUT_BYTES = 1024 * 1024;
const MAX_BREAKPOINTS = 64;
/** What is shown is cut at so many bytes, unless told otherwise. */
const MAX_SHOWN_BYTES = 256;
const LEAST_SHOWN_BYTES = 60;
const SHOWN_WORDS = 10;
const LISTED_AROUND = 5;
const LIST_ALL = 1_000_000;
const SCRIPT = '@user_script';
const TEMPORARY = '(*temporary)';

/** The client, talked with at once. */
export interface DebuggerClient {
  /** The next bytes, as soon as there are some; null when the client has gone. */
  read(): Uint8Array | null;
  write(bytes: Uint8Array): void;
}

/** What the debugger needs of the interpreter and the server. */
export interface DebuggedScript {
  readonly vm: LuaVm;
  readonly coroutines: Coroutines;
  /** Raises an error in the form of those of commands. */
  fail(thread: LuaPointer, message: string): never;
  /** How long a script may run without a stop, in milliseconds. */
  timeLimitMs(): number;
  /** The script goes on after a stop: time has passed. */
  renewTime(): void;
}

export class ScriptDebugger {
  private readonly script: DebuggedScript;
  private readonly client: DebuggerClient;
  private readonly source: readonly string[];
  private logs: string[] = [];
  private input = '';
  /** Every line is a stop, and commands are shown. */
  private isStepping = true;
  /** `redis.breakpoint` was called. */
  private isAsked = false;
  private readonly breakpoints: number[] = [];
  private shownBytes = MAX_SHOWN_BYTES;
  private knowsOfCuts = false;
  private line = 0;
  private sinceMs = performance.now();

  constructor(script: DebuggedScript, client: DebuggerClient, source: string) {
    this.script = script;
    this.client = client;
    const text = source.replace(/[\r\n]+$/, '');
    this.source = text === '' ? [] : text.split('\n');
  }

  // What the interpreter tells

  /** A line is about to be executed, or (`isCount`) many instructions were. */
  reached(thread: LuaPointer, isCount: boolean): void {
    const position = this.script.vm.position(thread, 0);
    if (position === null) return;
    this.line = position.line;
    if (position.source !== SCRIPT) return;
    const isBreakpoint = this.breakpoints.includes(this.line) || this.isAsked;
    let isTimeout = false;
    if (isCount && !this.isStepping && !isBreakpoint) {
      isTimeout = performance.now() - this.sinceMs >= this.script.timeLimitMs();
      if (!isTimeout) return;
    }
    if (!this.isStepping && !isBreakpoint && !isTimeout) return;
    let reason = isTimeout ? 'timeout reached, infinite loop?' : 'step over';
    if (isBreakpoint) reason = this.isAsked ? 'redis.breakpoint() called' : 'break point';
    this.isStepping = false;
    this.isAsked = false;
    this.log(`* Stopped at ${this.line}, stop reason = ${reason}`);
    this.logLine(this.line);
    this.send();
    if (!this.converse(thread) && isTimeout) {
      this.script.fail(thread, 'timeout during Lua debugging with client closing connection');
    }
    this.sinceMs = performance.now();
    this.script.renewTime();
  }

  /** `redis.breakpoint` */
  stopAtNextLine(): void {
    this.isAsked = true;
  }

  /** `redis.debug`: the values that lie at these addresses. */
  show(values: readonly number[]): void {
    const texts = values.map((value) => valueText(this.script.vm, value));
    this.log(`<debug> line ${this.line}: ${texts.join(', ')}`);
  }

  /** A command is about to be executed. */
  called(args: Args): void {
    if (!this.isStepping) return;
    const { count } = args;
    let text = '<redis>';
    for (let i = 0; i < Math.min(count, SHOWN_WORDS); i++) text += ` ${args.at(i).toLatin1()}`;
    if (count > SHOWN_WORDS) text += ` ... (${count - SHOWN_WORDS - 1} more)`;
    this.log(text);
  }

  /** It was answered, or (`isExecuted` is false) refused. */
  answered(tape: ReplyTape, isExecuted: boolean): void {
    if (!this.isStepping) return;
    const error = errorText(tape);
    if (!isExecuted) this.log(`<error> ${error?.replace(/^ERR /, '') ?? ''}`);
    else {
      if (error !== null) this.log(`<error> -${error}`);
      this.logCut(`<reply> ${replyText(tape)}`);
    }
  }

  /** Something made an error, of which this is the text. */
  failed(message: string): void {
    if (this.isStepping) this.log(`<error> ${message}`);
  }

  /** The script has ended: tells the client the rest. */
  end(): void {
    this.log('<endsession>');
    this.send();
  }

  // The conversation

  /** Does what the client says until the script is to go on. False when the client has gone. */
  private converse(thread: LuaPointer): boolean {
    for (;;) {
      const words = this.nextCommand(thread);
      if (words === null) {
        this.isStepping = false;
        this.breakpoints.length = 0;
        return false;
      }
      const name = words[0].toLowerCase();
      if (isCalled(name, 'step') || isCalled(name, 'next')) {
        this.isStepping = true;
        return true;
      }
      if (isCalled(name, 'continue')) return true;
      if (isCalled(name, 'abort')) this.script.fail(thread, 'script aborted for user request');
      this.execute(thread, name, words);
      this.send();
    }
  }

  private nextCommand(thread: LuaPointer): readonly string[] | null {
    for (;;) {
      const words = readDebugCommand(this.input);
      if (words === 'malformed') return this.script.fail(thread, 'protocol error');
      if (words !== null) {
        this.input = '';
        return words;
      }
      const bytes = this.client.read();
      if (bytes === null) return null;
      this.input += Buffer.from(bytes).toString('latin1');
      if (this.input.length > MAX_INPUT_BYTES) {
        this.input = '';
        this.script.fail(thread, 'max client buffer reached');
      }
    }
  }

  private execute(thread: LuaPointer, name: string, words: readonly string[]): void {
    if (isCalled(name, 'help')) this.logs.push(...DEBUG_HELP);
    else if (isCalled(name, 'trace')) this.trace(thread);
    else if (isCalled(name, 'maxlen')) this.cutAt(words);
    else if (isCalled(name, 'break')) this.changeBreakpoints(words);
    else if (isCalled(name, 'eval')) this.evaluate(thread, words.slice(1).join(' '));
    else if (isCalled(name, 'redis') && words.length > 1) this.callCommand(thread, words.slice(1));
    else if (isCalled(name, 'print')) this.print(thread, words);
    else if (isCalled(name, 'list')) this.list(leadingInteger(words[1]) || this.line, words[2]);
    else if (isCalled(name, 'whole')) this.list(1, String(LIST_ALL));
    else this.log('<error> Unknown Redis Lua debugger command or wrong number of arguments.');
  }

  private log(text: string): void {
    this.logs.push(text);
  }

  private logCut(text: string): void {
    if (this.shownBytes === 0 || text.length <= this.shownBytes) {
      this.log(text);
      return;
    }
    this.log(`${text.slice(0, this.shownBytes)} ...`);
    if (!this.knowsOfCuts) this.log("<hint> The above reply was trimmed. Use 'maxlen 0' to disable trimming.");
    this.knowsOfCuts = true;
  }

  private send(): void {
    const { logs } = this;
    this.logs = [];
    const lines = logs.map((text) => `+${text.replace(/[\r\n]/g, ' ')}\r\n`);
    this.client.write(Buffer.from(`*${logs.length}\r\n${lines.join('')}`, 'latin1'));
  }

  // Commands

  private logLine(line: number): void {
    const current = line === this.line ? '->' : '  ';
    const mark = this.breakpoints.includes(line) ? '#' : ' ';
    const text = this.source[line - 1] ?? '<out of range source code line>';
    this.log(`${current}${mark}${String(line).padEnd(3)} ${text}`);
  }

  private list(around: number, context: string | undefined): void {
    const lines = context === undefined ? LISTED_AROUND : leadingInteger(context);
    // A negative line is none: then it is the current one.
    const center = around > 0 ? around : this.line;
    for (let line = 1; line <= this.source.length; line++) {
      if (Math.abs(center - line) <= lines) this.logLine(line);
    }
  }

  private changeBreakpoints(words: readonly string[]): void {
    const { breakpoints } = this;
    if (words.length === 1) {
      if (breakpoints.length === 0) this.log("No breakpoints set. Use 'b <line>' to add one.");
      else this.log(`${breakpoints.length} breakpoints set:`);
      for (const line of breakpoints) this.logLine(line);
      return;
    }
    for (const word of words.slice(1)) {
      if (!/^(0|-?[1-9]\d{0,17})$/.test(word)) this.log(`Invalid argument:'${word}'`);
      else this.changeBreakpoint(Number(word));
    }
  }

  private changeBreakpoint(line: number): void {
    const { breakpoints, source } = this;
    if (line === 0) {
      breakpoints.length = 0;
      this.log('All breakpoints removed.');
    } else if (line < 0) {
      const index = breakpoints.indexOf(-line);
      if (index >= 0) breakpoints.splice(index, 1);
      this.log(index >= 0 ? 'Breakpoint removed.' : 'No breakpoint in the specified line.');
    } else if (breakpoints.length === MAX_BREAKPOINTS) {
      this.log('Too many breakpoints set.');
    } else if (line > source.length || breakpoints.includes(line)) {
      this.log('Wrong line number.');
    } else {
      breakpoints.push(line);
      this.list(line, '1');
    }
  }

  private trace(thread: LuaPointer): void {
    const { coroutines, vm } = this.script;
    let level = 0;
    for (const each of coroutines.callersOf(thread)) {
      for (let inner = 0; ; inner++, level++) {
        const called = vm.calledFunction(each, inner);
        if (called === null) break;
        if (called.source !== SCRIPT) continue;
        this.log(`${level === 0 ? 'In' : 'From'} ${called.name ?? 'top level'}:`);
        this.logLine(called.line);
      }
    }
    if (level === 0) this.log("<error> Can't retrieve Lua stack.");
  }

  private print(thread: LuaPointer, words: readonly string[]): void {
    if (words.length === 2) this.printVariable(thread, words[1]);
    else this.printAll(thread);
  }

  private printVariable(thread: LuaPointer, name: string): void {
    const { coroutines, vm } = this.script;
    const show = (value: number): void => this.logCut(`<value> ${valueText(vm, value)}`);
    for (const each of coroutines.callersOf(thread)) {
      for (let level = 0; ; level++) {
        const outcome = vm.forEachLocal(each, level, (local, value) => {
          if (local === name) show(value);
          return local !== name;
        });
        if (outcome === 'stopped') return;
        if (outcome === 'no such level') break;
      }
    }
    if (name !== 'KEYS' && name !== 'ARGV') {
      this.log('No such variable.');
      return;
    }
    vm.api.lua_getfield(vm.thread, GLOBALS_INDEX, vm.name(name));
    show(vm.last(vm.thread));
    vm.drop(vm.thread, 1);
  }

  private printAll(thread: LuaPointer): void {
    const { vm } = this.script;
    let count = 0;
    vm.forEachLocal(thread, 0, (name, value) => {
      if (name.includes(TEMPORARY)) return true;
      this.logCut(`<value> ${name} = ${valueText(vm, value)}`);
      count++;
      return true;
    });
    if (count === 0) this.log('No local variables in the current context.');
  }

  private evaluate(thread: LuaPointer, code: string): void {
    const { vm } = this.script;
    let status = vm.load(thread, Buffer.from(`return ${code}`, 'latin1'), '@ldb_eval');
    if (status !== STATUS_OK) {
      vm.drop(thread, 1);
      status = vm.load(thread, Buffer.from(code, 'latin1'), '@ldb_eval');
    }
    if (status === STATUS_OK) status = vm.api.lua_pcall(thread, 0, 1, 0);
    if (status === STATUS_OK) this.logCut(`<retval> ${valueText(vm, vm.last(thread))}`);
    else this.log(`<error> ${vm.textArgument(thread, -1) ?? vm.textField(thread, 'err') ?? '(null)'}`);
    vm.drop(thread, 1);
  }

  /** Commands are shown as if the script had called them. */
  private callCommand(thread: LuaPointer, words: readonly string[]): void {
    const { vm } = this.script;
    const { api } = vm;
    if (api.lua_checkstack(thread, words.length + 2) === 0) {
      this.log('<reply> ');
      return;
    }
    api.lua_getfield(thread, GLOBALS_INDEX, vm.name('redis'));
    api.lua_getfield(thread, -1, vm.name('call'));
    for (const word of words) vm.pushText(thread, word);
    this.isStepping = true;
    api.lua_pcall(thread, words.length, 1, 0);
    this.isStepping = false;
    vm.drop(thread, 2);
  }

  private cutAt(words: readonly string[]): void {
    if (words.length === 2) {
      const bytes = leadingInteger(words[1]);
      this.knowsOfCuts = true;
      this.shownBytes = bytes !== 0 && bytes <= LEAST_SHOWN_BYTES ? LEAST_SHOWN_BYTES : bytes;
    }
    const how = this.shownBytes === 0 ? 'unlimited' : `truncated at ${this.shownBytes} bytes`;
    this.log(`<value> replies are ${how}.`);
  }
}

/** A command goes by its name or by the first letter of it. */
function isCalled(word: string, name: string): boolean {
  return word === name || word === name[0];
}

/** C's `atoi`. */
function leadingInteger(text: string | undefined): number {
  return Number.parseInt(text ?? '', 10) || 0;
}

/**
 * The library `redis` of scripts: commands, replies, log, and what there is to know.
 */
import { MAX_DOUBLE_LENGTH, writeDouble } from '../lib/double.ts';
import { sha1Hex } from '../lib/sha1.ts';
import { REDIS_VERSION } from '../lib/version.ts';
import { Args } from '../protocol/args.ts';
import { type LuaPointer, T_BOOLEAN, T_NUMBER, T_STRING } from './lua/layout.ts';
import type { LuaVm } from './lua/lua-vm.ts';
import type { Library } from './lua/sandbox.ts';
import { ReplyTape } from './reply-tape.ts';
import { ReplyToLua } from './reply-to-lua.ts';
import type { ScriptDebugger } from './script-debugger.ts';
import { LOG_LEVELS, REPL_AOF, REPL_REPLICA, type ScriptHost } from './script-host.ts';

/** Digits of numbers among a command's arguments: as many arguments as can be are numbers that fit at once. */
const DIGIT_BYTES = 4096;

const MINUS = 0x2d;
const SIGN_BIT = 0x80000000;

export class RedisLibrary {
  /** The protocol in which the script's commands answer. */
  protocol: 2 | 3 = 2;
  private readonly vm: LuaVm;
  private readonly host: ScriptHost;
  private readonly tape = new ReplyTape();
  private readonly replies: ReplyToLua;
  private readonly args = new Args();
  private digits = new Uint8Array(DIGIT_BYTES);
  private digitCount = 0;
  /** A script runs: its commands may be executed. */
  isRunning = false;
  /** The debugger, while a script is debugged. */
  debugger: ScriptDebugger | null = null;
  /** One of its commands is executed, or has failed in a way that is no reply. */
  isCalling = false;

  constructor(vm: LuaVm, host: ScriptHost) {
    this.vm = vm;
    this.host = host;
    this.replies = new ReplyToLua(vm, this.tape);
  }

  /** What scripts get. */
  get library(): Library {
    return {
      ...this.logging,
      call: (thread) => this.call(thread, true),
      pcall: (thread) => this.call(thread, false),
      sha1hex: (thread) => this.sha1Hex(thread),
      error_reply: (thread) => this.errorReply(thread),
      status_reply: (thread) => this.statusReply(thread),
      setresp: (thread) => this.setProtocol(thread),
      set_repl: (thread) => this.setReplication(thread),
      acl_check_cmd: (thread) => this.checkPermission(thread),
      REPL_NONE: 0,
      REPL_AOF,
      REPL_SLAVE: REPL_REPLICA,
      REPL_REPLICA,
      REPL_ALL: REPL_AOF | REPL_REPLICA,
    };
  }

  /** What only EVAL's scripts get beyond that: for the debugger, and what is no longer of use. */
  get evalLibrary(): Library {
    return {
      breakpoint: (thread) => {
        this.debugger?.stopAtNextLine();
        return this.truth(thread, this.debugger !== null);
      },
      debug: (thread) => {
        const { vm } = this;
        const indexes = Array.from({ length: vm.argumentCount(thread) }, (_, index) => vm.argument(thread, index));
        this.debugger?.show(indexes);
        return 0;
      },
      replicate_commands: (thread) => this.truth(thread, true),
    };
  }

  /** What function libraries get while they are loaded, too. */
  get logging(): Library {
    const levels = LOG_LEVELS.map((level, index) => [`LOG_${level.toUpperCase()}`, index]);
    return {
      ...Object.fromEntries(levels),
      log: (thread) => this.log(thread),
      REDIS_VERSION,
      REDIS_VERSION_NUM: versionNumber(),
    };
  }

  /** Raises an error in the form of those of commands: a table with its text. */
  fail(thread: LuaPointer, message: string): never {
    this.debugger?.failed(message);
    this.pushError(thread, `ERR ${message}`);
    return this.vm.api.lua_error(thread);
  }

  /** Pushes the table that stands for an error. */
  pushError(thread: LuaPointer, line: string): void {
    const bytes = Buffer.from(line, 'latin1');
    this.replies.pushError(thread, bytes, 0, bytes.length);
  }

  private call(thread: LuaPointer, raises: boolean): number {
    const { tape, vm } = this;
    if (!this.isRunning) this.fail(thread, 'redis.call/pcall can only be called inside a script invocation');
    const mistake = this.readArguments(thread);
    if (mistake !== null) {
      this.debugger?.failed(mistake);
      this.pushError(thread, `ERR ${mistake}`);
      return raises ? vm.api.lua_error(thread) : 1;
    }
    tape.reset();
    tape.version = this.protocol;
    this.debugger?.called(this.args);
    this.isCalling = true;
    const isExecuted = this.host.call(this.args, tape);
    this.isCalling = false;
    this.debugger?.answered(tape, isExecuted);
    this.args.clear();
    vm.dropArguments(thread);
    const isError = this.replies.push(thread);
    return isError && raises ? vm.api.lua_error(thread) : 1;
  }

  /**
   * Points {@link args} at the arguments where they lie in Lua's memory: nothing of Lua runs while a command does. Answers
   * what is wrong with them.
   */
  private readArguments(thread: LuaPointer): string | null {
    const { args, vm } = this;
    const count = vm.argumentCount(thread);
    args.clear();
    this.digitCount = 0;
    if (count === 0) return 'Please specify at least one argument for this redis lib call';
    for (let i = 0; i < count; i++) {
      const value = vm.argument(thread, i);
      const type = vm.typeAt(value);
      if (type === T_STRING) {
        const start = vm.stringStart(value);
        args.push(vm.u8, start, start + vm.stringLength(value));
      } else if (type === T_NUMBER) {
        this.pushDigits(value);
      } else {
        return 'Lua redis lib command arguments must be strings or integers';
      }
    }
    return null;
  }

  /** A number becomes `%.17g` of it. */
  private pushDigits(value: number): void {
    const { vm } = this;
    if (this.digitCount + MAX_DOUBLE_LENGTH > this.digits.length) {
      // What was written stays where arguments point to.
      this.digits = new Uint8Array(2 * this.digits.length);
      this.digitCount = 0;
    }
    const number = vm.f64[value >> 3];
    const start = this.digitCount;
    let at = start;
    // C prints the sign of what is no number.
    if (Number.isNaN(number) && (vm.u32[(value >> 2) + 1] & SIGN_BIT) !== 0) this.digits[at++] = MINUS;
    this.digitCount = writeDouble(this.digits, at, number);
    this.args.push(this.digits, start, this.digitCount);
  }

  private sha1Hex(thread: LuaPointer): number {
    const { vm } = this;
    if (vm.argumentCount(thread) !== 1) this.fail(thread, 'wrong number of arguments');
    const text = vm.textArgument(thread, 1) ?? '';
    vm.pushText(thread, sha1Hex(Buffer.from(text, 'latin1')));
    return 1;
  }

  private isOneString(thread: LuaPointer): boolean {
    return this.vm.argumentCount(thread) === 1 && this.vm.typeAt(this.vm.argument(thread, 0)) === T_STRING;
  }

  private errorReply(thread: LuaPointer): number {
    if (!this.isOneString(thread)) {
      this.pushError(thread, 'ERR wrong number or type of arguments');
      return 1;
    }
    const [text] = this.vm.textAt(this.vm.argument(thread, 0)).split('\0', 1);
    this.debugger?.failed(text.startsWith('-') ? text : `-${text}`);
    this.pushError(thread, text.startsWith('-') ? text.slice(1) : text);
    return 1;
  }

  private statusReply(thread: LuaPointer): number {
    const { vm } = this;
    if (!this.isOneString(thread)) {
      this.pushError(thread, 'ERR wrong number or type of arguments');
      return 1;
    }
    vm.api.lua_createtable(thread, 0, 1);
    vm.pushCopy(thread, vm.argument(thread, 0));
    vm.api.lua_setfield(thread, -2, vm.name('ok'));
    return 1;
  }

  private setProtocol(thread: LuaPointer): number {
    if (!this.isRunning) this.fail(thread, 'redis.setresp can only be called inside a script invocation');
    if (this.vm.argumentCount(thread) !== 1) this.fail(thread, 'redis.setresp() requires one argument.');
    const version = Math.trunc(this.vm.api.lua_tonumber(thread, -1));
    if (version !== 2 && version !== 3) return this.fail(thread, 'RESP version must be 2 or 3.');
    this.protocol = version;
    return 0;
  }

  private setReplication(thread: LuaPointer): number {
    if (!this.isRunning) this.fail(thread, 'redis.set_repl can only be called inside a script invocation');
    if (this.vm.argumentCount(thread) !== 1) this.fail(thread, 'redis.set_repl() requires two arguments.');
    const flags = this.vm.api.lua_tonumber(thread, -1) | 0;
    if ((flags & ~(REPL_AOF | REPL_REPLICA)) !== 0) {
      this.fail(thread, 'Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.');
    }
    this.host.setReplication(flags);
    return 0;
  }

  private checkPermission(thread: LuaPointer): number {
    if (!this.isRunning) this.fail(thread, 'redis.acl_check_cmd can only be called inside a script invocation');
    const mistake = this.readArguments(thread);
    if (mistake !== null) this.fail(thread, mistake);
    const allowed = this.host.mayCall(this.args);
    this.args.clear();
    if (allowed === null) return this.fail(thread, 'Invalid command passed to redis.acl_check_cmd()');
    return this.truth(thread, allowed);
  }

  private log(thread: LuaPointer): number {
    const { host, vm } = this;
    const count = vm.argumentCount(thread);
    if (count < 2) this.fail(thread, 'redis.log() requires two arguments or more.');
    if (vm.api.lua_isnumber(thread, 1) === 0) this.fail(thread, 'First argument must be a number (log level).');
    const level = LOG_LEVELS[Math.trunc(vm.api.lua_tonumber(thread, 1))];
    if (level === undefined) return this.fail(thread, 'Invalid debug level.');
    if (!host.logs(level)) return 0;
    const texts: string[] = [];
    for (let i = 2; i <= count; i++) {
      const text = vm.textArgument(thread, i);
      if (text !== null) texts.push(Buffer.from(text, 'latin1').toString('utf8'));
    }
    host.log(level, texts.join(' '));
    return 0;
  }

  private truth(thread: LuaPointer, value: boolean): number {
    this.vm.pushWord(thread, T_BOOLEAN, value ? 1 : 0);
    return 1;
  }
}

/** The version with a byte for each of its parts. */
function versionNumber(): number {
  return REDIS_VERSION.split('.').reduce((number, part) => number * 256 + Number(part), 0);
}

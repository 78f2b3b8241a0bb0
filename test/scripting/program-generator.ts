/**
 * Random programs in Lua: the same seed makes the same programs.
 *
 * They loop, recurse, close over variables, sort, substitute, use metatables, coroutines, strings and all libraries of
 * scripts, call commands, raise errors and catch them. What they answer is a text of all that they have computed, in which
 * no address occurs, so that it can be compared with Redis's. Every loop and recursion is bounded, unless it is a
 * {@link ProgramGenerator.endless} program.
 */
import type { Random } from '../../src/lib/random.ts';
import { LuaValues } from './lua-values.ts';

/** A command as expressions of Lua, the name first. */
export type CommandSource = () => readonly string[];

const VARIABLES = ['a', 'b', 'c', 'd', 'e'];
const DEPTH = 3;

/** Shows values: those of tables in the order of `next`, what has an address by its type only. */
const SHOW = `local function show(v, n)
  local t = type(v)
  if t == 'string' then return string.format('%q', v) end
  if t == 'table' then
    if n > 3 then return '{…}' end
    local out = {}
    for k, x in next, v do out[#out + 1] = show(k, n + 1) .. '=' .. show(x, n + 1) end
    return '{' .. table.concat(out, ',') .. '}'
  end
  if t == 'number' or t == 'boolean' or t == 'nil' then return tostring(v) end
  return t
end
local log = {}
local function note(...) if #log < 60 then for i = 1, select('#', ...) do log[#log + 1] = show((select(i, ...)), 0) end end end
local function plain(v) if type(v) == 'table' or type(v) == 'function' then return type(v) end return v end
local function call(f, ...) if type(f) == 'function' then return f(...) end return f end
`;

const METAMETHODS = ['__add', '__sub', '__mul', '__unm', '__concat', '__eq', '__lt', '__le', '__call', '__newindex'];

const OPERATORS = ['+', '-', '*', '/', '%', '^', '..', '==', '~=', '<', '<=', 'and', 'or'];

/** Where what never ends is put, as `BODY`. */
const ENDLESS_PLACES = [
  'BODY',
  'pcall(function() BODY end)',
  'while true do pcall(function() BODY end) end',
  'xpcall(function() BODY end, function() BODY end)',
  "xpcall(function() error('x') end, function() BODY end)",
  'table.sort({3, 1, 2, 5, 4}, function() BODY end)',
  'while true do pcall(table.sort, {3, 1, 2}, function() pcall(function() BODY end) end) end',
  "string.gsub('aaa', 'a', function() BODY end)",
  "string.gsub('a', 'a', function() string.gsub('b', 'b', function() pcall(function() BODY end) end) end)",
  'local x = setmetatable({}, {__index = function() BODY end}).x',
  'setmetatable({}, {__newindex = function() BODY end}).x = 1',
  "local x = setmetatable({}, {__concat = function() BODY end}) .. 'x'",
  'local x = setmetatable({}, {__lt = function() BODY end}) < setmetatable({}, {})',
  'for _ in function() BODY end do end',
  'coroutine.wrap(function() BODY end)()',
  'local co = coroutine.create(function() BODY end) coroutine.resume(co)',
  'while true do coroutine.wrap(function() coroutine.yield(1) BODY end)() end',
  'table.foreach({1, 2}, function() BODY end)',
  'loadstring("BODY")()',
  'load(function() BODY end)',
];

const ENDLESS_BODIES = [
  'while true do end',
  'repeat local t = {} until false',
  'local n = 0 while true do n = n + 1 end',
  "while true do local s = string.rep('x', 100) end",
  'local function f() return f() end f()',
  "while true do redis.pcall('get', 'k') end",
  "while true do redis.pcall('nonsense') end",
  "while true do pcall(error, 'again') end",
  'while true do coroutine.wrap(function() end)() end',
  "while true do cjson.encode({1, 'two', {three = 3}}) end",
  'while true do cmsgpack.unpack(cmsgpack.pack({1, 2})) end',
  'for i = 1, 1e308 do end',
];

/** What takes all memory or all of a stack, and ends with an error by itself. */
const GREEDY = [
  "local s = 'x' while true do s = s .. s end",
  'local t = {} while true do t[#t + 1] = {} end',
  'local t = {} while true do t = {t, {}, t} end',
  "local t = {} for i = 1, 1e9 do t[i] = string.rep('y', 1000) .. i end",
  "return #string.rep('z', 2 ^ 31)",
  "return table.concat({string.rep('z', 2 ^ 27), string.rep('z', 2 ^ 27), string.rep('z', 2 ^ 28)})",
  'local function f() return 1 + f() end return f()',
  'local function f() return pcall(f) end return f()',
  "local function f() return (string.gsub('a', 'a', f)) end return f()",
  'local function f() coroutine.wrap(f)() end f()',
  "local m = {} m.__index = function(t, k) return t[k .. 'x'] end return setmetatable({}, m).k",
  'local t = {} for i = 1, 1e5 do t = {t} end return cjson.encode(t)',
  'local t = {} for i = 1, 1e5 do t = {t} end return cmsgpack.pack(t)',
  "return cjson.decode(string.rep('[', 1e6))",
  'return unpack({}, 1, 1e7)',
  "return string.format('%s', string.rep('x', 2 ^ 28)) .. string.rep('y', 2 ^ 28)",
  "return loadstring('return ' .. string.rep('(', 1e5) .. string.rep(')', 1e5))()",
  "return loadstring('local x = ' .. string.rep('{', 1e4) .. string.rep('}', 1e4))()",
  "local t = {} for i = 1, 300 do t[i] = 'local a' .. i end return loadstring(table.concat(t, ' '))()",
  "return redis.call('set', 'big', string.rep('v', 2 ^ 26))",
];

export class ProgramGenerator {
  readonly values: LuaValues;
  private readonly random: Random;
  private readonly command: CommandSource;
  private functions = 0;
  /** Loops around what is being made: deep inside, there are none. */
  private loops = 0;

  constructor(random: Random, command: CommandSource) {
    this.random = random;
    this.command = command;
    this.values = new LuaValues(random);
  }

  /** A program that ends, and answers a text of what it has done, or fails. */
  bounded(): string {
    this.functions = 0;
    const body = `${this.declarations()}\n${this.block(DEPTH)}\nnote(${VARIABLES.join(', ')})`;
    const failing = this.chance(0.15);
    const run = failing ? `(function()\n${body}\nend)()` : `note(pcall(function()\n${body}\nend))`;
    return `${SHOW}${run}\nreturn ${this.chance(0.1) ? this.pick(VARIABLES_AT_TOP) : "table.concat(log, ' ')"}`;
  }

  /** A program that never ends by itself. It writes nothing, so that it can be killed. */
  endless(): string {
    let place = this.pick(ENDLESS_PLACES);
    if (this.chance(0.3) && !place.startsWith('loadstring')) {
      place = place.replaceAll('BODY', `do ${this.pick(ENDLESS_PLACES.slice(0, -2))} end`);
    }
    const body = this.pick(ENDLESS_BODIES);
    // Where the code stands in a string, or an error would end it, the simplest does.
    return `while true do pcall(function() ${place.replaceAll('BODY', place.includes('"') ? ENDLESS_BODIES[0] : body)} end) end`;
  }

  /** A program that takes all there is of something. */
  greedy(): string {
    const program = this.pick(GREEDY);
    return this.chance(0.3) ? `return select('#', pcall(function() ${program} end))` : program;
  }

  private chance(probability: number): boolean {
    return this.random.float() < probability;
  }

  private below(limit: number): number {
    return this.random.below(limit);
  }

  private pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }

  private variable(): string {
    return this.pick(VARIABLES);
  }

  private declarations(): string {
    return VARIABLES.map((name) => `local ${name} = ${this.values.value(2)}`).join('\n');
  }

  private block(depth: number): string {
    const statements: string[] = [];
    for (let count = 2 + this.below(4); count > 0; count--) statements.push(this.statement(depth));
    return statements.join('\n');
  }

  private statement(depth: number): string {
    const simple = depth <= 0;
    switch (this.below(simple ? 8 : 18)) {
      case 0:
      case 1:
        return `${this.variable()} = ${this.expression(2)}`;
      case 2:
        return `note(${this.expression(2)})`;
      case 3:
        return `note(redis.${this.chance(0.85) ? 'pcall' : 'call'}(${this.command().join(', ')}))`;
      case 4:
        return `note(pcall(function() return ${this.expression(3)} end))`;
      case 5:
        return `if type(${this.variable()}) == 'table' then ${this.tableStatement()} end`;
      case 6:
        return `note(${this.libraryCall()})`;
      case 7:
        return this.chance(0.15) ? this.raise() : `note(type(${this.variable()}))`;
      case 8:
      case 9:
        return this.loop(depth);
      case 10:
        return `if ${this.expression(2)} then\n${this.block(depth - 1)}\nelse\n${this.block(depth - 1)}\nend`;
      case 11:
        return this.recursion(depth);
      case 12:
        return `note(pcall(function()\n${this.block(depth - 1)}\n${this.chance(0.5) ? this.raise() : ''}\nend))`;
      case 13:
        return `note(xpcall(function()\n${this.block(depth - 1)}\n${this.raise()}\nend, function(e) note(e) ${this.chance(0.2) ? this.raise() : 'return show(e, 0)'} end))`;
      case 14:
        return this.coroutine(depth);
      case 15:
        return this.sorting();
      case 16:
        return this.substitution(depth);
      default:
        return this.metatable();
    }
  }

  private raise(): string {
    return this.pick([
      `error(${this.values.quoted(this.pick(['plain', 'MY code', '', 'with\nline']))})`,
      "error({err = 'ERR made'})",
      "error('no place', 0)",
      `error(${this.values.number()})`,
      `local x = nil + ${this.values.number()}`,
      `local x = ${this.variable()}.field.field`,
      `local x = nonsense`,
      `${this.variable()}()`,
      `redis.call(${this.command().join(', ')})`,
      'return redis.error_reply("MY reply")',
    ]).replace(/^return .*/, (text) => `do ${text} end`);
  }

  private loop(depth: number): string {
    if (this.loops > 1) return `note(${this.expression(2)})`;
    this.loops++;
    const body = this.block(depth - 1);
    this.loops--;
    const times = 1 + this.below(5);
    switch (this.below(5)) {
      case 0:
        return `for i = 1, ${times} do note(i)\n${body}\nend`;
      case 1:
        return `for i = ${times}, 1, -${this.pick(['1', '0.5', '2'])} do\n${body}\nend`;
      case 2:
        return `do local n = 0 while n < ${times} do n = n + 1\n${body}\nif ${this.expression(1)} then break end\nend end`;
      case 3:
        return `do local n = 0 repeat n = n + 1\n${body}\nuntil n >= ${times} end`;
      default:
        return `for k, v in ${this.pick(['pairs', 'ipairs'])}(${this.table()}) do note(k, v)\n${body}\nend`;
    }
  }

  private recursion(depth: number): string {
    const name = `f${this.functions++}`;
    const deep = 2 + this.below(6);
    this.loops++;
    const body = this.chance(0.5) ? this.block(Math.min(0, depth - 1)) : '';
    this.loops--;
    return `local function ${name}(n, ...)
${body}
if n <= 0 then return ${this.expression(1)}, ... end
return ${this.chance(0.5) ? `${name}(n - 1, n, ...)` : `(${name}(n - 1))`}
end
note(${name}(${deep}))`;
  }

  private coroutine(depth: number): string {
    this.loops++;
    const body = this.block(depth - 1);
    this.loops--;
    const inner = `function(...) note(...)\n${body}\nnote(coroutine.yield(${this.expression(1)}))\n${this.chance(0.3) ? this.raise() : ''}\nreturn ${this.expression(1)} end`;
    if (this.chance(0.5)) {
      return `do local co = coroutine.create(${inner}) for i = 1, 3 do note(coroutine.status(co), coroutine.resume(co, i)) end note(coroutine.status(co)) end`;
    }
    return `do local w = coroutine.wrap(${inner}) for i = 1, 3 do note(pcall(w, i)) end end`;
  }

  private sorting(): string {
    const list = Array.from({ length: this.below(9) }, () =>
      this.chance(0.95) ? String(this.below(20)) : this.values.number(),
    );
    const order = this.pick(['x < y', 'x > y', 'x % 5 < y % 5', 'tostring(x) < tostring(y)']);
    return `do local t = {${list.join(', ')}} local n = 0
note(pcall(table.sort, t, function(x, y) n = n + 1 ${this.chance(0.1) ? this.raise() : ''} return ${order} end)) note(t, n > 0) end`;
  }

  private substitution(depth: number): string {
    const text = this.values.quoted(this.pick(['hello world', 'aXbXc', '', '1,2,,3', 'x=1; y=22']));
    const pattern = this.values.quoted(
      this.pick(['%w+', '.', 'X', '(%w)=(%w)', '%d*', '[^,]*', '%s', '(', '%f[%w]%w+']),
    );
    this.loops++;
    const body = this.chance(0.3) ? this.block(Math.min(0, depth - 1)) : '';
    this.loops--;
    const replacement = this.pick([
      "'<%0>'",
      "'%1'",
      '{hello = 1, a = "A"}',
      `function(m, n) note(m, n)\n${body}\nreturn ${this.pick(['m', 'nil', 'false', "m .. '!'", '{}', '#m'])} end`,
    ]);
    return `note(pcall(string.gsub, ${text}, ${pattern}, ${replacement}))`;
  }

  private metatable(): string {
    const names = [this.pick(METAMETHODS), this.pick(METAMETHODS)];
    const entries = names.map(
      (name) => `${name} = function(x, y) note(type(x), type(y)) return ${this.expression(1)} end`,
    );
    const index = this.pick([
      '__index = function(t, k) return k end',
      `__index = ${this.table()}`,
      `__tostring = function() return ${this.values.quoted('shown')} end`,
      "__metatable = 'hidden'",
    ]);
    const use = this.pick([
      'm + 1',
      'm .. "x"',
      'm == m',
      'm < m',
      'm(1)',
      'm.key',
      '-m',
      'tostring(m):sub(1, 5)',
      '#m',
      'm[1]',
    ]);
    return `do local m = setmetatable(${this.table()}, {${entries.join(', ')}, ${index}})
note(pcall(function() return ${use} end)) note(pcall(function() m.new = 1 return rawget(m, 'new') end)) note(type(getmetatable(m))) end`;
  }

  private tableStatement(): string {
    const t = this.variable();
    return this.pick([
      `${t}[plain(${this.expression(1)})] = ${this.expression(1)}`,
      `pcall(table.insert, ${t}, ${this.below(5)}, (${this.expression(1)}))`,
      `pcall(table.insert, ${t}, (${this.expression(1)}))`,
      `note(pcall(table.remove, ${t}, ${this.below(4)}))`,
      `note(pcall(table.concat, ${t}, ','))`,
      `note(#${t}, next(${t}))`,
      `note(pcall(unpack, ${t}))`,
      `for i = #${t}, 1, -1 do ${t}[i] = nil end`,
    ]).replaceAll(`${t}[`, `call(${t})[`);
  }

  private table(): string {
    const value = this.values.value(2);
    return value.startsWith('{') ? value : `{${value}, x = ${this.values.value(1)}}`;
  }

  private expression(depth: number): string {
    if (depth <= 0) return this.chance(0.5) ? this.variable() : this.values.value(1);
    switch (this.below(9)) {
      case 0:
        return this.variable();
      case 1:
        return this.values.value(depth);
      case 2:
        return `(${this.expression(depth - 1)} ${this.pick(OPERATORS)} ${this.expression(depth - 1)})`;
      case 3:
        return this.pick([`not ${this.variable()}`, `-(${this.values.number()})`, `#(${this.table()})`]);
      case 4:
        return this.stringCall();
      case 5:
        return this.libraryCall();
      case 6:
        return `(function(...) return ${this.expression(depth - 1)}, select('#', ...) end)(${this.variable()})`;
      case 7:
        return `(${this.values.number()} ${this.pick(['+', '-', '*', '/', '%', '^'])} ${this.values.number()})`;
      default:
        return this.pick([
          `type(${this.variable()})`,
          `tonumber(${this.values.quoted(this.pick(['12', '0x1f', ' 5 ', '1e2', 'z']))}${this.chance(0.3) ? ', 16' : ''})`,
          `select(${this.pick(['1', '2', '-1', "'#'"])}, ${this.variable()}, ${this.variable()})`,
          `math.${this.pick(['floor', 'ceil', 'abs', 'sqrt', 'exp', 'log', 'sin'])}(${this.values.number()})`,
          `math.fmod(${this.values.number()}, ${this.values.number()})`,
          'math.random(100)',
          `redis.sha1hex(${this.values.quoted(this.values.bytes())})`,
        ]);
    }
  }

  private stringCall(): string {
    const text = this.values.quoted(this.values.bytes());
    return this.pick([
      `string.rep(${text}, ${this.below(6)})`,
      `string.sub(${text}, ${this.below(9) - 4}, ${this.below(9) - 4})`,
      `string.upper(${text})`,
      `string.reverse(${text})`,
      `string.byte(${text}, 1, 3)`,
      `string.char(${this.below(256)}, ${this.below(260)})`,
      `string.format(${this.values.quoted(this.pick(['%d', '%5.2f', '%q', '%x', '%g', '%s|%s', '%c', '%e', '%i%%']))}, ${this.values.number()}, ${this.pick(["'s'", '1'])})`,
      `string.find(${text}, ${this.values.quoted(this.pick(['a', '%c', '[%z\x01-\\31]', '.-', '(.)(.)']))})`,
      `#${text}`,
      `string.len(${text})`,
    ]);
  }

  private libraryCall(): string {
    const { values } = this;
    switch (this.below(8)) {
      case 0:
        return `cjson.encode(${values.value(3)})`;
      case 1:
        return `cjson.decode(${values.quoted(values.json(2))})`;
      case 2:
        return `cmsgpack.unpack(cmsgpack.pack(${values.value(2)}, ${values.value(1)}))`;
      case 3:
        return `cmsgpack.unpack(${values.quoted(values.bytes())})`;
      case 4: {
        const { format, list } = values.structure();
        return `struct.unpack('${format}', struct.pack('${format}', ${list}))`;
      }
      case 5:
        return `struct.size('${values.structure().format}')`;
      default:
        return values.bitOperation();
    }
  }
}

/** What is answered in place of the text: values that become replies of all types. */
const VARIABLES_AT_TOP = [
  '{1, {2, log}, false, 3}',
  "{ok = 'fine'}",
  "redis.error_reply('MY error')",
  "redis.call('get', 'key:string:1')",
  '12.9',
  'log[1]',
];

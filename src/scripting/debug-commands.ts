/**
 * What the client of a script's debugger sends: commands as arrays of bulk strings, read forgivingly, as Redis does.
 */

const MAX_WORDS = 1024;
const MAX_WORD_BYTES = 1024;

/** The words of the command at the beginning of `input`; null where more is to come, 'malformed' where it is none. */
export function readDebugCommand(input: string): readonly string[] | 'malformed' | null {
  if (input === '') return null;
  const star = input.indexOf('*');
  if (star < 0) return 'malformed';
  let end = input.indexOf('\r\n', star);
  if (end < 0) return null;
  const count = Number.parseInt(input.slice(star + 1, end), 10);
  if (!(count > 0 && count <= MAX_WORDS)) return 'malformed';
  const words: string[] = [];
  for (let at = end + 2; words.length < count; ) {
    if (at >= input.length) return null;
    if (input[at] !== '$') return 'malformed';
    end = input.indexOf('\r\n', at);
    if (end < 0) return null;
    const length = Number.parseInt(input.slice(at + 1, end), 10);
    if (!(length > 0 && length <= MAX_WORD_BYTES)) return 'malformed';
    const start = end + 2;
    if (start + length + 2 > input.length) return null;
    if (input.slice(start + length, start + length + 2) !== '\r\n') return 'malformed';
    words.push(input.slice(start, start + length));
    at = start + length + 2;
  }
  return words;
}

export const DEBUG_HELP: readonly string[] = [
  'Debugger of scripts:',
  '[h]elp               Show these lines.',
  '[s]tep               Run the current line and stop again.',
  '[n]ext               The same as step.',
  '[c]ontinue           Run to the next breakpoint.',
  '[l]ist               Show the source around the current line.',
  '[l]ist [line]        Show the source around [line]; 0 is the current one.',
  '[l]ist [line] [ctx]  Show [ctx] lines before and after [line].',
  '[w]hole              Show all of the source.',
  '[p]rint              Show all local variables.',
  '[p]rint <var>        Show a variable; KEYS and ARGV too.',
  '[b]reak              Show all breakpoints.',
  '[b]reak <line>       Set a breakpoint.',
  '[b]reak -<line>      Remove a breakpoint.',
  '[b]reak 0            Remove all breakpoints.',
  '[t]race              Show which functions are being called.',
  '[e]val <code>        Run some Lua, apart from the script and its variables.',
  '[r]edis <cmd>        Execute a command.',
  '[m]axlen [len]       Cut what is shown at so many bytes; 0 cuts nothing.',
  '[a]bort              End the script. What it has changed stays changed.',
  '',
  'Functions for scripts that are debugged:',
  'redis.debug()        Show values here.',
  'redis.breakpoint()   Stop before the next line.',
];

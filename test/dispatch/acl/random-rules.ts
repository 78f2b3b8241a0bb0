/**
 * Random rules of ACL SETUSER, right ones and wrong ones, for comparisons with Redis.
 */
import type { Random } from '../../differential/random.ts';

const CATEGORIES = [
  ...['keyspace', 'read', 'write', 'set', 'sortedset', 'list', 'hash', 'string', 'bitmap', 'hyperloglog', 'geo'],
  ...['stream', 'pubsub', 'admin', 'fast', 'slow', 'blocking', 'dangerous', 'connection', 'transaction', 'scripting'],
];
const PATTERNS = ['foo*', 'foo', '*', 'a?c', 'bar:*:x', 'k[12]', '', 'é*', 'x\\*y', 'obj:*', 'foo**'];
const PASSWORDS = ['one', 'two', 'pass word', ''];
const HASH = '2c9341ca4cf3d87b9e4eb905d6a3ec45f85b6a9d0c0b7b9d8f5d0a5d8f3c2b1a';
const WRONG = [
  ...[
    'nosuch',
    '%~x',
    '%X~y',
    '%RR~y',
    '%R',
    '%',
    '%RW',
    '~a b',
    '&a\tb',
    '+@nosuch',
    '-@nosuch',
    '+nosuch',
    '+nosuch|x',
  ],
  ...[
    '-get|x',
    '+config|nosuch',
    '+config|get|x',
    '+get|a|b',
    '+get|',
    '#12',
    '!12',
    `#${HASH.toUpperCase()}`,
    ')',
    '()x',
  ],
  ...['<nosuch', `!${'0'.repeat(64)}`, '', '+@', '-config|', '(+get', '(', ' ', '(>x)', '(on)', '(~a ~* ~b)', '(~a"b)'],
];

/** Rules about commands, keys and channels. */
function selectorRule(random: Random, commands: readonly string[]): string {
  const sign = random.chance(0.5) ? '+' : '-';
  switch (random.below(14)) {
    case 0:
      return random.pick(['allkeys', 'resetkeys', '~*', 'resetkeys']);
    case 1:
      return random.pick(['allchannels', 'resetchannels', '&*', 'resetchannels']);
    case 2:
      return random.pick(['allcommands', 'nocommands', '+@all', '-@all']);
    case 3:
    case 4:
      return random.pick(['~', '%R~', '%W~', '%RW~', '%wr~']) + random.pick(PATTERNS);
    case 5:
      return `&${random.pick(PATTERNS)}`;
    case 6:
    case 7:
    case 8:
      return `${sign}@${random.pick(CATEGORIES)}`;
    case 9:
      return `+${random.pick(commands.filter((name) => !name.includes('|')))}|${random.pick(['1', 'x', 'Y', 'set'])}`;
    default:
      return sign + random.pick(commands);
  }
}

function rule(random: Random, commands: readonly string[]): readonly string[] {
  switch (random.below(16)) {
    case 0:
      return [random.pick(['on', 'off', 'nopass', 'resetpass', 'sanitize-payload', 'skip-sanitize-payload'])];
    case 1:
      return [random.pick(['>', '<', '>']) + random.pick(PASSWORDS)];
    case 2:
      return [random.pick(['#', '!']) + HASH];
    case 3: {
      const inner = Array.from({ length: random.below(4) }, () => selectorRule(random, commands)).join(' ');
      const text = `(${random.pick(['', ' '])}${inner}${random.pick(['', ' '])})`;
      // In one word, or as many as there are.
      return random.chance(0.7) ? [text] : text.split(' ');
    }
    case 4:
      return [random.pick(['clearselectors', 'reset', 'resetpass'])];
    case 5:
      return random.chance(0.4) ? [random.pick(WRONG)] : [];
    default:
      return [selectorRule(random, commands)];
  }
}

/** @param commands the names of commands, subcommands included */
export function randomRules(random: Random, commands: readonly string[]): readonly string[] {
  const words = Array.from({ length: random.between(1, 5) }, () => rule(random, commands)).flat();
  return words.map((word) => (random.chance(0.05) && !/^[#!]/.test(word) ? word.toUpperCase() : word));
}

import { expect, it } from 'vitest';
import { readSuiteOutput } from './suite-output.ts';

const OUTPUT = `Cleanup: may take some time... OK
Starting test server at port 21679
[ready]: 4242
Testing unit/dump
[ok]: DUMP of a key (3 ms) (12 ms)
[err]: RESTORE of a key in tests/unit/dump.tcl
Expected '1' to be equal to '2' (context: type eval line 2)
[err]: MIGRATE in tests/unit/dump.tcl
n command 'migrate'
ERR unknown command 'migrate'
    while executing
[err]: n command 'replicaof', with args beginning with: 'a'
ERR unknown command 'replicaof', with args beginning with: 'a'
[skip]: left out
[ignore]: large: large memory flag not provided
[ignore]: Tag: needs:repl denied
`;

const END = `[1/1 done]: unit/dump (1 seconds)

                   The End

*** [err]: RESTORE of a key in tests/unit/dump.tcl
Expected '1' to be equal to '2' (context: type eval line 2)
`;

it('tells what became of each test', () => {
  expect(readSuiteOutput(OUTPUT + END)).toEqual({
    passed: ['DUMP of a key (3 ms)'],
    failed: [
      { name: 'RESTORE of a key', reason: "Expected '1' to be equal to '2'" },
      { name: 'MIGRATE', reason: "ERR unknown command 'migrate'" },
      { name: '(outside of tests)', reason: "ERR unknown command 'replicaof', with args beginning with: 'a'" },
    ],
    skipped: ['left out', 'large: large memory flag not provided', 'Tag: needs:repl denied'],
  });
});

it('takes a unit that does not end as failed', () => {
  const state = `${OUTPUT}[TIMEOUT]: clients state report follows.\nsock55 => (IN PROGRESS) DUMP of a list\nKilling 1\n`;
  expect(readSuiteOutput(state).failed.at(-1)).toEqual({
    name: '(outside of tests)',
    reason: 'the unit did not come to its end: (IN PROGRESS) DUMP of a list',
  });
  expect(readSuiteOutput('').failed).toHaveLength(1);
});

import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runProgram } from '../clients/program.ts';

const index = new URL('../../src/index.ts', import.meta.url).href;
const root = fileURLToPath(new URL('../..', import.meta.url));

/** Runs a program that embeds servers to its own end; nothing but the end of its work ends it. */
function embed(program: string): ReturnType<typeof runProgram> {
  const code = `import { createServer } from ${JSON.stringify(index)};\n${program}`;
  return runProgram(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', code]);
}

it('leaves its process alone, and lets it end', async () => {
  const { status, stdout, stderr } = await embed(`
    const before = JSON.stringify([process.cwd(), process.title, process.eventNames()]);
    const one = await createServer({ config: { dir: ${JSON.stringify(`${root}/test`)} } });
    const two = await createServer();
    await one.execute('SET', 'k', 'v', 'PX', 1);
    const during = JSON.stringify([process.cwd(), process.title, process.eventNames()]);
    await one.close();
    await two.close();
    console.log(before === during);`);
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'true\n', stderr: '' });
});

it('does not keep a process from ending by commands alone', async () => {
  const { status, stdout } = await embed(`
    const server = await createServer({ port: null });
    console.log(await server.execute('INCR', 'n'));`);
  expect({ status, stdout }).toEqual({ status: 0, stdout: '1\n' });
});

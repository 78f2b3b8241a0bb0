/** Transactions of ten commands, which redis-benchmark cannot send: several connections, several under way on each. */
import { connect, type Socket } from 'node:net';

const CONNECTIONS = 10;
const COMMANDS = 10;
/** What MULTI, each command twice, and EXEC's header are answered with, one line each. */
const REPLY_LINES = 2 + 2 * COMMANDS;
const LINE_FEED = 0x0a;

/** Runs `transactions` transactions with `depth` of them under way on each connection; answers the seconds it took. */
export async function runTransactions(port: number, transactions: number, depth: number): Promise<number> {
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => open(port)));
  const rounds = Math.ceil(transactions / CONNECTIONS / depth);
  const startMs = performance.now();
  await Promise.all(sockets.map((socket, i) => load(socket, request(i).repeat(depth), rounds, depth)));
  const seconds = (performance.now() - startMs) / 1000;
  for (const socket of sockets) socket.destroy();
  return (seconds * transactions) / (rounds * depth * CONNECTIONS);
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket));
    socket.once('error', reject);
  });
}

function request(connection: number): string {
  const commands = [['MULTI']];
  for (let i = 0; i < COMMANDS; i++) commands.push(['SET', `key:${connection}:${i}`, 'sixteen bytes...']);
  commands.push(['EXEC']);
  return commands
    .map((words) => `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`)
    .join('');
}

function load(socket: Socket, batch: string, rounds: number, depth: number): Promise<void> {
  const bytes = Buffer.from(batch);
  const linesPerRound = REPLY_LINES * depth;
  return new Promise((resolve, reject) => {
    let lines = 0;
    let sent = 1;
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, at + 1)) lines++;
      if (lines < sent * linesPerRound) return;
      if (sent === rounds) resolve();
      else {
        sent++;
        socket.write(bytes);
      }
    });
    socket.write(bytes);
  });
}

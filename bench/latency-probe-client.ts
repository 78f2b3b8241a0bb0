/**
 * The process behind {@link LatencyProbe}, given the port as its argument: says 'ready' after the first PONG, and on
 * 'stop' sends all latencies in milliseconds and ends.
 */
import { connect } from 'node:net';

const INTERVAL_MS = 1;
const PONG_BYTES = '+PONG\r\n'.length;
const PLUS = 43;

const latenciesMs: number[] = [];
const sentMs: number[] = [];
let receivedBytes = 0;
let stopping = false;
let timer: NodeJS.Timeout | undefined;

const socket = connect({ port: Number(process.argv[2]), host: '127.0.0.1', noDelay: true }, () => {
  ping();
  timer = setInterval(ping, INTERVAL_MS);
});
socket.on('data', (bytes) => {
  const nowMs = performance.now();
  if (receivedBytes === 0) {
    if (bytes[0] !== PLUS) throw new Error(`PING was answered ${bytes.toString('latin1').trim()}`);
    process.send?.('ready');
  }
  receivedBytes += bytes.length;
  const answered = Math.floor(receivedBytes / PONG_BYTES);
  while (latenciesMs.length < answered) latenciesMs.push(nowMs - sentMs[latenciesMs.length]);
  finishWhenAnswered();
});
socket.on('error', (error) => {
  throw error;
});
socket.on('close', () => {
  if (!stopping) throw new Error('the server closed the connection of the latency probe');
});
process.on('message', () => {
  stopping = true;
  clearInterval(timer);
  finishWhenAnswered();
});

function ping(): void {
  sentMs.push(performance.now());
  socket.write('PING\r\n');
}

function finishWhenAnswered(): void {
  if (!stopping || latenciesMs.length < sentMs.length) return;
  socket.destroy();
  process.send?.(Float64Array.from(latenciesMs));
  process.disconnect();
}

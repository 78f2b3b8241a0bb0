/**
 * The process behind {@link Subscribers}, given the port and a number as its arguments: subscribes so many connections
 * to a channel, says 'ready', reads what they are sent, and on 'stop' answers how many bytes that was and ends.
 */
import { connect } from 'node:net';

const [port, count, channel] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]];

let receivedBytes = 0;
let subscribed = 0;

for (let i = 0; i < count; i++) {
  const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(`SUBSCRIBE ${channel}\r\n`));
  socket.once('data', () => {
    if (++subscribed === count) process.send?.('ready');
    socket.on('data', (bytes) => {
      receivedBytes += bytes.length;
    });
  });
  socket.on('error', (error) => {
    throw error;
  });
}

process.on('message', () => {
  process.send?.(receivedBytes, () => process.exit(0));
});

/**
 * How often a second the server does its own work (`hz`, `dynamic-hz`).
 */
const MAX_HZ = 500;
const CLIENTS_PER_TICK = 200;

/** `configured`, doubled until there are no more than 200 of the clients for each time. */
export function tickRate(configured: number, clients: number): number {
  let hz = configured;
  while (Math.floor(clients / hz) > CLIENTS_PER_TICK && hz < MAX_HZ) hz *= 2;
  return Math.min(hz, MAX_HZ);
}

/**
 * The access stamp of key entries: 24 bits that eviction and OBJECT IDLETIME/FREQ read.
 *
 * Under an LRU policy it is the time of the last access in seconds, which wraps after 194 days. Under an LFU policy it
 * is, as in Redis, 16 bits of minutes at the last decay and an 8-bit logarithmic counter of accesses.
 */
import type { Clock } from '../lib/clock.ts';
import type { Random } from '../lib/random.ts';

const STAMP_MASK = 0xffffff;
/** What a new key's counter begins with, so that it is not evicted at once. */
const LFU_INITIAL = 5;
const LFU_MAX = 255;

export class AccessClock {
  /** True while the eviction policy is an LFU one. */
  lfu = false;
  /** `lfu-log-factor`: how slowly the counter grows. */
  logFactor = 10;
  /** `lfu-decay-time`: minutes after which the counter loses one; 0 for never. */
  decayMinutes = 1;

  private readonly clock: Clock;
  private readonly random: Random;
  private seconds = 0;

  constructor(clock: Clock, random: Random) {
    this.clock = clock;
    this.random = random;
    this.tick();
  }

  /** Takes note of the time; to be called about ten times a second. */
  tick(): void {
    this.seconds = Math.floor(this.clock.nowMs() / 1000) & STAMP_MASK;
  }

  /** The stamp of a new key. */
  initial(): number {
    return this.lfu ? (this.minutes() << 8) | LFU_INITIAL : this.seconds;
  }

  /** The stamp after an access now. */
  touched(stamp: number): number {
    if (!this.lfu) return this.seconds;
    let counter = this.decayed(stamp);
    if (counter < LFU_MAX) {
      const base = Math.max(0, counter - LFU_INITIAL);
      if (this.random.float() < 1 / (base * this.logFactor + 1)) counter++;
    }
    return (this.minutes() << 8) | counter;
  }

  /** Seconds since the last access, where the stamp is an LRU one. */
  idleSeconds(stamp: number): number {
    return (this.seconds - stamp) & STAMP_MASK;
  }

  /** The stamp of a key that was last used so many seconds ago. */
  stampOfIdle(idleSeconds: number): number {
    return (this.seconds - idleSeconds) & STAMP_MASK;
  }

  /** The access counter after decay, where the stamp is an LFU one. */
  decayed(stamp: number): number {
    const counter = stamp & 0xff;
    if (this.decayMinutes === 0) return counter;
    const elapsed = (this.minutes() - (stamp >>> 8)) & 0xffff;
    return Math.max(0, counter - Math.floor(elapsed / this.decayMinutes));
  }

  /** The stamp of a key with this access counter. */
  stampOfFrequency(counter: number): number {
    return (this.minutes() << 8) | counter;
  }

  private minutes(): number {
    return Math.floor(this.clock.nowMs() / 60_000) & 0xffff;
  }
}

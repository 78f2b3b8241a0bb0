/**
 * A bar on the terminal that shows how far loading is. Lines of the log may be printed meanwhile: the cursor stays at the
 * beginning of the bar's line, which they overwrite.
 */
import type { LoadProgress } from '../engine.ts';

const INTERVAL_MS = 100;
const BAR_LENGTH = 30;
const CLEAR_LINE = '\x1b[K';

/** What the bar is drawn on. */
interface Terminal {
  write(text: string): unknown;
}

export class LoadBar {
  private readonly progress: () => LoadProgress | null;
  private readonly terminal: Terminal;
  private readonly timer: NodeJS.Timeout;
  private isShown = false;

  /** Draws until {@link end}, whenever there is progress. */
  constructor(progress: () => LoadProgress | null, terminal: Terminal) {
    this.progress = progress;
    this.terminal = terminal;
    this.timer = setInterval(() => this.draw(), INTERVAL_MS);
  }

  end(): void {
    clearInterval(this.timer);
    if (this.isShown) this.terminal.write(CLEAR_LINE);
  }

  private draw(): void {
    const progress = this.progress();
    if (progress === null) return;
    this.isShown = true;
    this.terminal.write(`${barOf(progress)}${CLEAR_LINE}\r`);
  }
}

/** `[######------]  50 %  1234 keys, 7 s left` */
export function barOf({ keys, loadedBytes, secondsLeft, totalBytes }: LoadProgress): string {
  const share = totalBytes === 0 ? 1 : Math.min(1, loadedBytes / totalBytes);
  const filled = Math.round(share * BAR_LENGTH);
  const bar = '#'.repeat(filled) + '-'.repeat(BAR_LENGTH - filled);
  const percent = String(Math.floor(share * 100)).padStart(3);
  return `[${bar}] ${percent} %  ${keys} keys, ${secondsLeft} s left`;
}

/**
 * Counters of the network layer, under the names INFO gives them.
 *
 * The buffers of clients are sampled about once a second. Peaks are kept per second for the last eight seconds, as
 * Redis does, so that INFO shows what was big recently and forgets it again.
 */

/** Seconds whose peaks are kept. One of them is always being cleared ahead. */
const PEAK_SECONDS = 8;

export class NetworkStats {
  /** `total_connections_received`. */
  accepted = 0;
  /** `rejected_connections`: beyond maxclients or against protected mode. */
  rejected = 0;
  /** `total_reads_processed`. */
  reads = 0;
  /** `total_writes_processed`. */
  writes = 0;
  /** `total_net_input_bytes`. */
  inputBytes = 0;
  /** `total_net_output_bytes`. */
  outputBytes = 0;
  /** `client_output_buffer_limit_disconnections`. */
  outputLimitDisconnections = 0;
  /** `client_query_buffer_limit_disconnections`. */
  queryLimitDisconnections = 0;

  private readonly inputPeaks = new Float64Array(PEAK_SECONDS);
  private readonly outputPeaks = new Float64Array(PEAK_SECONDS);

  /** Begins a round of {@link sample} calls within the second `second`. */
  beginSamples(second: number): void {
    const next = (second + 1) % PEAK_SECONDS;
    this.inputPeaks[next] = 0;
    this.outputPeaks[next] = 0;
  }

  /** Notes how many bytes a client's buffers take. */
  sample(second: number, inputBytes: number, outputBytes: number): void {
    const slot = second % PEAK_SECONDS;
    if (inputBytes > this.inputPeaks[slot]) this.inputPeaks[slot] = inputBytes;
    if (outputBytes > this.outputPeaks[slot]) this.outputPeaks[slot] = outputBytes;
  }

  /** `client_recent_max_input_buffer`, in bytes. */
  get recentMaxInputBuffer(): number {
    return Math.max(...this.inputPeaks);
  }

  /** `client_recent_max_output_buffer`, in bytes. */
  get recentMaxOutputBuffer(): number {
    return Math.max(...this.outputPeaks);
  }

  /** CONFIG RESETSTAT. */
  reset(): void {
    this.accepted = 0;
    this.rejected = 0;
    this.reads = 0;
    this.writes = 0;
    this.inputBytes = 0;
    this.outputBytes = 0;
    this.outputLimitDisconnections = 0;
    this.queryLimitDisconnections = 0;
  }
}

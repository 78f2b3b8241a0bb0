/** Configuration that the server cannot start with. */

/** Where a directive was read. */
export interface ConfigLocation {
  /** The absolute path, or null for standard input and the command line. */
  readonly file: string | null;
  /**
   * Counted from 1. What comes from standard input and the command line is read as if it followed the file, and
   * is counted so.
   */
  readonly line: number;
  readonly text: string;
}

export type ConfigErrorCode =
  /** A file can't be read. */
  | 'CONFIG_FILE_UNREADABLE'
  /** A line isn't understood or has a value that isn't allowed. */
  | 'CONFIG_BAD_DIRECTIVE'
  /** A file could not be written. */
  | 'CONFIG_FILE_UNWRITABLE';

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code: ConfigErrorCode;
  readonly file: string | null;
  readonly line: number | null;
  readonly text: string | null;

  constructor(code: ConfigErrorCode, message: string, location: Partial<ConfigLocation> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.file = location.file ?? null;
    this.line = location.line ?? null;
    this.text = location.text ?? null;
  }
}

/**
 * A directive that can't be accepted, with the message in Redis's layout. For a fault that no single line is to
 * blame for, `location` is null. `product` is name and version of the server.
 */
export function badDirective(product: string, reason: string, location: ConfigLocation | null): ConfigError {
  const lines = [`*** FATAL CONFIG FILE ERROR (${product}) ***`];
  if (location !== null) {
    lines.push(`Reading the configuration file, at line ${location.line}`, `>>> '${location.text}'`);
  }
  return new ConfigError('CONFIG_BAD_DIRECTIVE', [...lines, reason].join('\n'), location ?? {});
}

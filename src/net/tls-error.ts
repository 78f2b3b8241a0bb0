/** Failures of TLS: of settings, as operational errors, and of handshakes, as texts for the log. */

/** The settings can't be used. The message is the line of Redis's log. */
export class TlsError extends Error {
  override readonly name = 'TlsError';
  readonly code = 'TLS_BAD_SETTINGS';

  constructor(message: string, cause?: unknown) {
    super(message, { cause });
  }
}

/**
 * An error of OpenSSL as Redis logs it: `error:0A00010B:SSL routines::wrong version number`. Node has thread, function,
 * file and line around that, or only the parts (`library`, `reason`, `opensslErrorStack`).
 */
export function tlsErrorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [, code, library, reason] = /error:([0-9A-Fa-f]{8}):([^:]*):[^:]*:([^:\n]*)/.exec(error.message) ?? [];
  if (code !== undefined) return `error:${code}:${library}::${reason}`;
  if ('code' in error && error.code === 'ECONNRESET') return 'Connection reset by peer';
  return error.message;
}

/** Failures to listen, as operational errors with Redis's texts. */
import { getSystemErrorMap } from 'node:util';

/** The texts of `strerror` where libuv words an error differently, so that logs read as Redis's do. */
const POSIX_TEXTS: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'Address already in use'],
  ['EADDRNOTAVAIL', 'Cannot assign requested address'],
  ['EAFNOSUPPORT', 'Address family not supported by protocol'],
  ['EACCES', 'Permission denied'],
  ['EPERM', 'Operation not permitted'],
  ['EINVAL', 'Invalid argument'],
  ['ENOENT', 'No such file or directory'],
  ['ENOTDIR', 'Not a directory'],
  ['EISDIR', 'Is a directory'],
  ['ENAMETOOLONG', 'File name too long'],
  ['EMFILE', 'Too many open files'],
  ['ENOTFOUND', 'Name or service not known'],
  ['EAI_AGAIN', 'Temporary failure in name resolution'],
]);

/** A socket could not be opened for listening. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  /** The system's code, such as `EADDRINUSE` or `EACCES`. */
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** The code of a system error, or an empty string. */
export function errorCode(error: unknown): string {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : '';
}

/** Wraps the failure to listen on a TCP address. */
export function tcpListenError(host: string, port: number, error: unknown): ListenError {
  const code = errorCode(error);
  const reason = isResolverCode(code) ? describeCode(code, error) : `bind: ${describeCode(code, error)}`;
  return new ListenError(
    code,
    `Warning: Could not create server TCP listening socket ${host}:${port}: ${reason}`,
    error,
  );
}

/** Wraps the failure to open a Unix socket. `reason` replaces the system's text. */
export function unixListenError(error: unknown, reason?: string): ListenError {
  const code = errorCode(error);
  return new ListenError(code, `Failed opening Unix socket: ${reason ?? `bind: ${describeCode(code, error)}`}`, error);
}

function isResolverCode(code: string): boolean {
  return code === 'ENOTFOUND' || code.startsWith('EAI_');
}

function describeCode(code: string, error: unknown): string {
  const known = POSIX_TEXTS.get(code);
  if (known !== undefined) return known;
  for (const [name, text] of getSystemErrorMap().values()) if (name === code) return text;
  return error instanceof Error ? error.message : String(error);
}

/**
 * Function libraries: what they are called, which functions they have, and what keeps these in the interpreter.
 */

/** A function that FCALL calls. */
export interface LibraryFunction {
  readonly name: string;
  readonly description: string | null;
  readonly flags: number;
  readonly isFunction: true;
  /** What keeps it in the interpreter. */
  readonly reference: number;
}

export interface FunctionLibrary {
  readonly name: string;
  /** The text that FUNCTION LOAD was given. */
  readonly code: Uint8Array;
  readonly functions: Map<string, LibraryFunction>;
}

/** A set of libraries whose functions have names of their own. Names are latin1; those of functions ignore case. */
export class LibrarySet {
  readonly libraries = new Map<string, FunctionLibrary>();
  private readonly functions = new Map<string, LibraryFunction>();

  get functionCount(): number {
    return this.functions.size;
  }

  find(name: string): LibraryFunction | null {
    return this.functions.get(name.toLowerCase()) ?? null;
  }

  add(library: FunctionLibrary): void {
    this.libraries.set(library.name, library);
    for (const each of library.functions.values()) this.functions.set(each.name.toLowerCase(), each);
  }

  remove(library: FunctionLibrary): void {
    this.libraries.delete(library.name);
    for (const each of library.functions.values()) this.functions.delete(each.name.toLowerCase());
  }

  /** The name of one of the library's functions that another library has already; null if there is none. */
  collision(library: FunctionLibrary): string | null {
    for (const { name } of library.functions.values()) if (this.find(name) !== null) return name;
    return null;
  }
}

/** True for names of libraries and functions: letters, digits and underscores. */
export function isName(name: string): boolean {
  return /^[A-Za-z0-9_]+$/.test(name);
}

export const BAD_NAME =
  'Library names can only contain letters, numbers, or underscores(_) and must be at least one character long';

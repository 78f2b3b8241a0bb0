/**
 * Names, rules and patterns of access control as texts of one character a byte, and what Redis's C makes of them.
 */

/** What C sees of a text: up to its first NUL. */
export function upToNul(text: string): string {
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

/** ASCII letters in lower case, all other bytes as they are: two texts are the same to C's `strcasecmp` if these are. */
export function foldCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** True when the text holds what separates words for C's `isspace`, or a NUL. */
export function hasSpaces(text: string): boolean {
  return /[\0\t-\r ]/.test(text);
}

/** The bytes of a text. */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

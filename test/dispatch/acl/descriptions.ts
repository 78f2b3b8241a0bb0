/** Descriptions of users, which Redis does not make the same twice. */

/** A text with descriptions, single commands in order: in Redis theirs is a hash table's. */
export function inOrder(description: string): string {
  return description.replaceAll(/[+-]@all[^()\r]*/g, (rules) => {
    const words = rules.trimEnd().split(' ');
    const isCategory = (word: string): boolean => word[1] === '@';
    const singles = words.filter((word) => !isCategory(word));
    return [...words.filter(isCategory), ...singles.sort()].join(' ');
  });
}

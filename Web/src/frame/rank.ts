/**
 * How well a label answers a search text: higher is better, undefined where it does not hold the characters in order.
 *
 * A whole match beats a match at a word's start, that beats one anywhere, that beats scattered characters.
 */
export function score(label: string, text: string): number | undefined {
  const where = label.toLowerCase();
  const what = text.trim().toLowerCase();
  if (what === "") return 0;
  if (where === what) return 1000;
  const at = where.indexOf(what);
  if (at === 0) return 800 - where.length;
  if (at > 0) return (/[\s\-_./]/.test(where[at - 1] ?? "") ? 600 : 400) - where.length;
  let from = 0;
  for (const character of what) {
    const found = where.indexOf(character, from);
    if (found < 0) return undefined;
    from = found + 1;
  }
  return 100 - where.length;
}

/** The items that answer the text, best first; those that answer alike stay in order. */
export function rank<T>(items: readonly T[], text: string, labelOf: (item: T) => string): T[] {
  return items
    .map((item, index) => ({ item, index, score: score(labelOf(item), text) }))
    .filter((one): one is { item: T; index: number; score: number } => one.score !== undefined)
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .map((one) => one.item);
}

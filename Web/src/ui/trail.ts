/**
 * The tokens of the pages before `shown`, from the first, when `trail` are those that were turned over.
 *
 * The browser's Back and Forward change the page without turning it, so `shown` may be one of them.
 */
export function pagesBefore(trail: readonly string[], shown: string): readonly string[] {
  const at = trail.lastIndexOf(shown);
  return at < 0 ? trail : trail.slice(0, at);
}

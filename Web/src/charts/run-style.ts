/** The ten colours of runs are tokens (--run-0 … --run-9); with four kinds of dash that makes forty lines apart. */
export const colourCount = 10;
export const dashes = ["solid", [6, 4], [2, 3], [10, 3, 2, 3]] as const;

export interface RunStyle {
  colour: number;
  dash: number;
}

/** Colour and dash of a run, from its id alone, so that they are the same in every table, legend and chart. */
export function runStyle(runId: string): RunStyle {
  // FNV-1a over the characters of the id, then mixed: ids of a bad generator should scatter too.
  let hash = 0x811c9dc5;
  for (let index = 0; index < runId.length; index += 1) {
    hash = Math.imul(hash ^ runId.charCodeAt(index), 0x01000193) >>> 0;
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0;
  hash = (hash ^ (hash >>> 12)) >>> 0;
  return { colour: hash % colourCount, dash: Math.floor(hash / colourCount) % dashes.length };
}

/** Styles by run id. */
export type RunStyles = ReadonlyMap<string, RunStyle>;

/**
 * The styles of runs that are shown together: each keeps its colour, and of those that share one each has another dash.
 *
 * A fifth run of one colour has the dash of its id again.
 */
export function stylesTogether(runIds: readonly string[]): RunStyles {
  const taken = new Set<string>();
  const styles = new Map<string, RunStyle>();
  for (const id of runIds) {
    const own = runStyle(id);
    const free = dashes
      .map((_, index) => (own.dash + index) % dashes.length)
      .find((dash) => !taken.has(`${own.colour} ${dash}`));
    const style = { colour: own.colour, dash: free ?? own.dash };
    taken.add(`${style.colour} ${style.dash}`);
    styles.set(id, style);
  }
  return styles;
}

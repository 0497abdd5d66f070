import { ratesOf, type Rate, type Reading } from "../../api/readings";
import type { MomentLine } from "../../charts/moments";
import { stylesTogether } from "../../charts/run-style";

/** A line for each variant of the last minutes; one that was not there at a moment has a gap. */
export function linesOf(readings: readonly Reading[], valueOf: (rate: Rate) => number | undefined): MomentLine[] {
  const rates = ratesOf(readings);
  const names = [...new Set(rates.flatMap((one) => [...one.variants.keys()]))].sort();
  const styles = stylesTogether(names);
  return names.map((name) => ({
    name,
    style: styles.get(name) ?? { colour: 0, dash: 0 },
    points: rates.map(({ at, variants }) => {
      const rate = variants.get(name);
      return { at, value: rate && valueOf(rate) };
    }),
  }));
}

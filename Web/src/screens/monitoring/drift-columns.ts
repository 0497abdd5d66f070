import type { DriftColumn } from "../../api/schema";
import { numberOf } from "../../format/number";

const names: Record<string, string> = { psi: "PSI", ks: "KS", jensenshannon: "Jensen–Shannon", chi_square: "Chi-square" };

/** The name of a method as people write it. */
export const methodName = (method: string) => names[method] ?? method;

/** Every method that some column has, in the order of its first use. */
export function methodsOf(columns: readonly DriftColumn[]): string[] {
  return [...new Set(columns.flatMap((column) => column.statistics.map((statistic) => statistic.method)))];
}

const severity = { alert: 2, warning: 1, none: 0 };

/** The columns, alerts first, then by the first statistic from high to low. */
export function ordered(columns: readonly DriftColumn[]): DriftColumn[] {
  const first = (column: DriftColumn) => numberOf(column.statistics[0]?.value) ?? Number.NEGATIVE_INFINITY;
  return [...columns].sort(
    (a, b) => severity[b.verdict] - severity[a.verdict] || first(b) - first(a) || a.column.localeCompare(b.column),
  );
}

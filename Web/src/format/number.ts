/** What stands for a value that is not there. */
export const missing = "—";

/** A number from the wire, where NaN and the infinities are text; undefined where there is none. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || value.trim() === "") return undefined;
  if (value === "NaN") return Number.NaN;
  const parsed = Number(value);
  return Number.isNaN(parsed) ? undefined : parsed;
}

/** A number for reading: up to `digits` significant digits, NaN as "NaN", none as a dash. */
export function formatNumber(value: number | undefined | null, digits = 4): string {
  if (value === undefined || value === null) return missing;
  if (Number.isNaN(value)) return "NaN";
  // MLflow stores the infinities as the largest double.
  if (Math.abs(value) >= Number.MAX_VALUE) return value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e9 || size < 1e-4) return minus(value.toExponential(digits - 1).replace(/\.?0+e/, "e").replace("e+", "e"));
  if (Number.isInteger(value)) return minus(grouped(value, 0));
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return minus(grouped(value, Math.min(decimals, 10)));
}

function grouped(value: number, decimals: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: decimals });
}

/** The typographic minus, as wide as a digit. */
function minus(text: string): string {
  return text.replace(/^-/, "−");
}

/** A whole number with thousands apart; none as a dash. */
export function formatCount(value: number | undefined): string {
  return value === undefined ? missing : value.toLocaleString("en-US");
}

/** A share in [0, 1] as per cent. */
export function formatShare(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return missing;
  if (value === 0) return "0%";
  const percent = value * 100;
  return `${percent >= 10 ? percent.toFixed(0) : Number(percent.toPrecision(2))}%`;
}

/** A size in bytes with a decimal prefix. */
export function formatBytes(value: number | undefined): string {
  if (value === undefined) return missing;
  const units = ["B", "kB", "MB", "GB", "TB"];
  let size = value;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? size : size.toPrecision(3)} ${units[unit]}`;
}

/** Milliseconds of latency with their unit. */
export function formatLatency(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return missing;
  if (value >= 1000) return `${formatNumber(value / 1000, 3)} s`;
  return `${formatNumber(value, 3)} ms`;
}

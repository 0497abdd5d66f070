import { axis, frame, tip, type ChartOption, type ChartTheme } from "./option";
import { dashes, type RunStyle } from "./run-style";

/** A line against the clock. Where there is no value it has a gap. */
export interface MomentLine {
  name: string;
  style: RunStyle;
  points: readonly { at: number; value: number | undefined }[];
}

/** The time of day of a moment, in the reader's zone. */
export function clockText(at: number): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}

const dayClockText = (at: number) => {
  const date = new Date(at);
  const day = [date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
  return `${day} ${clockText(at).slice(0, 5)}`;
};

/** Over this, a time of day alone does not say which day is meant. */
const clockMaxMs = 20 * 3_600_000;

/** How the moments of lines are written: as time of day, and with month and day where they lie far apart. */
export function momentText(lines: readonly MomentLine[]): (at: number) => string {
  const points = lines[0]?.points ?? [];
  const length = (points[points.length - 1]?.at ?? 0) - (points[0]?.at ?? 0);
  return length > clockMaxMs ? dayClockText : clockText;
}

interface TipRow {
  seriesName: string;
  color: string;
  value: [number, number | null];
}

/** The least time that the axis shows, so that the first points do not stand a day apart. */
const spanMinMs = 60_000;

/** Lines of values against the clock, from zero on. All have the same moments. */
export function momentsOption(lines: readonly MomentLine[], format: (value: number) => string, theme: ChartTheme): ChartOption {
  const moments = lines.flatMap((one) => one.points.map((point) => point.at));
  const last = Math.max(...moments);
  const textOf = momentText(lines);
  return {
    ...frame(theme),
    xAxis: axis(theme, {
      type: "time",
      ...(moments.length > 0 ? { min: Math.min(last - spanMinMs, ...moments), max: last } : {}),
      splitLine: { show: false },
      axisLabel: { color: theme.quiet, fontSize: 11, hideOverlap: true, formatter: textOf },
    }),
    yAxis: axis(theme, {
      type: "value",
      min: 0,
      axisLine: { show: false },
      axisLabel: { color: theme.quiet, fontSize: 11, formatter: format },
    }),
    tooltip: {
      trigger: "axis",
      confine: true,
      transitionDuration: 0,
      className: "chart-tip-frame",
      axisPointer: { type: "line", lineStyle: { color: theme.quiet, type: "solid" } },
      formatter: (rows: TipRow[]) =>
        tip(
          textOf(rows[0]?.value[0] ?? 0),
          rows.map((row) => ({
            colour: row.color, name: row.seriesName, value: row.value[1] === null ? "—" : format(row.value[1]),
          })),
        ),
    },
    series: lines.map((one, index) => {
      const colour = theme.runs[one.style.colour] ?? theme.accent;
      return {
        type: "line",
        id: `line ${index}`,
        name: one.name,
        data: one.points.map((point) => [point.at, point.value ?? null]),
        symbolSize: 3,
        color: colour,
        emphasis: { disabled: true },
        lineStyle: { width: 1.75, color: colour, type: dashes[one.style.dash] },
      };
    }),
  };
}

/** What the lines show, in a sentence. */
export function momentsSentence(title: string, lines: readonly MomentLine[], format: (value: number) => string): string {
  const texts = lines.flatMap(({ name, points }) => {
    const values = points.flatMap(({ value }) => (value === undefined ? [] : [value]));
    const last = values[values.length - 1];
    return last === undefined ? [] : [`${name} last ${format(last)}, highest ${format(Math.max(...values))}`];
  });
  return `${title}: ${texts.join("; ") || "no values yet"}`;
}

/** The values at a moment, in words. */
export function momentSentence(lines: readonly MomentLine[], index: number, format: (value: number) => string): string {
  const at = lines[0]?.points[index]?.at;
  if (at === undefined) return "";
  const texts = lines.map(({ name, points }) => {
    const value = points[index]?.value;
    return `${name} ${value === undefined ? "none" : format(value)}`;
  });
  return `${momentText(lines)(at)}: ${texts.join(", ")}`;
}

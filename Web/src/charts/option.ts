/** An option of ECharts as far as this page builds it: plain data, and functions for labels. */
export type ChartOption = { [field: string]: unknown };

/** The colours of a chart, read from the page's tokens. */
export interface ChartTheme {
  text: string;
  quiet: string;
  line: string;
  surface: string;
  accent: string;
  reference: string;
  runs: string[];
}

/** Text style, grid and axes that all charts share. */
export function axis(theme: ChartTheme, more: ChartOption = {}): ChartOption {
  return {
    axisLine: { show: true, lineStyle: { color: theme.line } },
    axisTick: { show: false },
    axisLabel: { color: theme.quiet, fontSize: 11, hideOverlap: true },
    nameTextStyle: { color: theme.quiet, fontSize: 11 },
    splitLine: { lineStyle: { color: theme.line, opacity: 0.6 } },
    ...more,
  };
}

export function frame(theme: ChartTheme): ChartOption {
  return {
    animation: false,
    textStyle: { fontFamily: "inherit", color: theme.text },
    grid: { left: 8, right: 16, top: 12, bottom: 4, containLabel: true },
  };
}

/** A line of a tooltip: a colour, a name, a value. */
export interface TipLine {
  colour: string;
  name: string;
  value: string;
}

/** The content of a tooltip as nodes: the content policy refuses markup with style attributes. */
export function tip(title: string, lines: TipLine[]): HTMLElement {
  const box = document.createElement("div");
  box.className = "chart-tip";
  const head = document.createElement("div");
  head.className = "chart-tip-title";
  head.textContent = title;
  box.append(head);
  for (const line of lines) {
    const row = document.createElement("div");
    row.className = "chart-tip-row";
    const mark = document.createElement("span");
    mark.className = "chart-tip-mark";
    mark.style.backgroundColor = line.colour;
    const name = document.createElement("span");
    name.textContent = line.name;
    const value = document.createElement("strong");
    value.textContent = line.value;
    row.append(mark, name, value);
    box.append(row);
  }
  return box;
}

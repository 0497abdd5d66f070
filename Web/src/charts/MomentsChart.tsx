import { useMemo, useState } from "react";
import { Chart } from "./Chart";
import { LineSample } from "./line-sample";
import { momentSentence, momentText, momentsOption, momentsSentence, type MomentLine } from "./moments";
import { TableToggle } from "./TableToggle";
import { useChartTheme } from "./theme";

const height = 170;

function MomentsTable({ lines, format, label }: {
  lines: readonly MomentLine[];
  format: (value: number) => string;
  label: string;
}) {
  const textOf = momentText(lines);
  const moments = (lines[0]?.points ?? []).map((point, index) => ({ at: point.at, index })).reverse();
  return (
    <div className="chart-table" role="region" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">At</th>
            {lines.map((one) => <th key={one.name} scope="col" className="number">{one.name}</th>)}
          </tr>
        </thead>
        <tbody>
          {moments.map(({ at, index }) => (
            <tr key={at}>
              <th scope="row">{textOf(at)}</th>
              {lines.map(({ name, points }) => {
                const value = points[index]?.value;
                return <td key={name} className="number">{value === undefined ? "—" : format(value)}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Lines against the clock with their legend, and as a table. Where no line has a value `nothing` stands there. */
export function MomentsChart({ title, lines, format, nothing }: {
  title: string;
  lines: MomentLine[];
  format: (value: number) => string;
  nothing: string;
}) {
  const theme = useChartTheme();
  const [asTable, setAsTable] = useState(false);
  const option = useMemo(() => momentsOption(lines, format, theme), [lines, format, theme]);
  const [first] = lines;
  const isEmpty = lines.every(({ points }) => points.every(({ value }) => value === undefined));
  const walk = {
    count: first?.points.length ?? 0,
    say: (index: number) => momentSentence(lines, index, format),
  };
  return (
    <article className="chart-card" aria-label={title}>
      <div className="chart-card-head">
        <h3>{title}</h3>
        <span className="chart-legend chart-last">
          {lines.map((one) => <span key={one.name}><LineSample style={one.style} /> {one.name}</span>)}
        </span>
        {!isEmpty && <TableToggle name={title} shown={asTable} show={setAsTable} />}
      </div>
      {isEmpty && <p className="note" style={{ height }}>{nothing}</p>}
      {!isEmpty && asTable && (
        <MomentsTable lines={lines} format={format} label={`Values of ${title.toLowerCase()}`} />
      )}
      {!isEmpty && !asTable && (
        <Chart option={option} height={height} label={momentsSentence(title, lines, format)} walk={walk} />
      )}
    </article>
  );
}

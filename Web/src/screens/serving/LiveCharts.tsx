import { useMemo, useState } from "react";
import type { Reading } from "../../api/readings";
import { Chart } from "../../charts/Chart";
import { LineSample } from "../../charts/line-sample";
import { clockText, momentSentence, momentsOption, momentsSentence, type MomentLine } from "../../charts/moments";
import { TableToggle } from "../../charts/TableToggle";
import { useChartTheme } from "../../charts/theme";
import { formatLatency, formatNumber } from "../../format/number";
import { linesOf } from "./lines";

const height = 170;

const perSecondText = (value: number) => `${formatNumber(value, 3)}/s`;

function MomentsTable({ lines, format, label }: {
  lines: readonly MomentLine[];
  format: (value: number) => string;
  label: string;
}) {
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
              <th scope="row">{clockText(at)}</th>
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

function LiveChart({ title, lines, format }: { title: string; lines: MomentLine[]; format: (value: number) => string }) {
  const theme = useChartTheme();
  const [asTable, setAsTable] = useState(false);
  const option = useMemo(() => momentsOption(lines, format, theme), [lines, format, theme]);
  const [first] = lines;
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
        <TableToggle name={title} shown={asTable} show={setAsTable} />
      </div>
      {lines.length === 0 && <p className="note" style={{ height }}>Counting: rates need two readings.</p>}
      {lines.length > 0 && asTable && (
        <MomentsTable lines={lines} format={format} label={`Values of ${title.toLowerCase()}`} />
      )}
      {lines.length > 0 && !asTable && (
        <Chart option={option} height={height} label={momentsSentence(title, lines, format)} walk={walk} />
      )}
    </article>
  );
}

/** What each variant has done in the last minutes, as far as the page has looked. */
export function LiveCharts({ readings }: { readings: readonly Reading[] }) {
  const requests = useMemo(() => linesOf(readings, (rate) => rate.perSecond), [readings]);
  const latencies = useMemo(() => linesOf(readings, (rate) => rate.latencyMs), [readings]);
  return (
    <div className="chart-grid live-charts">
      <LiveChart title="Requests a second" lines={requests} format={perSecondText} />
      <LiveChart title="Mean time of an answer" lines={latencies} format={formatLatency} />
    </div>
  );
}

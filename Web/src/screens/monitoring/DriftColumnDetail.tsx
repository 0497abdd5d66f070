import { useMemo, useState } from "react";
import type { ColumnProfile, DriftColumn, DriftStatistic } from "../../api/schema";
import { Chart } from "../../charts/Chart";
import { binLabels, histogramOption } from "../../charts/histogram";
import { TableToggle } from "../../charts/TableToggle";
import { useChartTheme } from "../../charts/theme";
import { formatCount, formatNumber, formatShare, numberOf } from "../../format/number";
import { TableBox } from "../../ui/table";
import { methodName } from "./drift-columns";

interface Bins {
  labels: string[];
  reference: number[];
  current: number[];
}

function binsOf(column: DriftColumn): Bins | undefined {
  if (!column.bins) return undefined;
  const { edges, reference, current } = column.bins;
  return { labels: binLabels(edges, reference.length), reference, current };
}

/** The bin whose share changed most, in words. */
function sentence(column: string, bins: Bins): string {
  let most = 0;
  bins.labels.forEach((_, index) => {
    const change = (at: number) => Math.abs((bins.current[at] ?? 0) - (bins.reference[at] ?? 0));
    if (change(index) > change(most)) most = index;
  });
  return (
    `Shares of ${column} in ${bins.labels.length} bins. Largest change: ${bins.labels[most]}, from ` +
    `${formatShare(bins.reference[most])} of the reference to ${formatShare(bins.current[most])} now.`
  );
}

/** What a statistic is held against, in words. */
function thresholds({ threshold_warning: warning, threshold_alert: alert, p_value: p }: DriftStatistic): string {
  return [
    warning === undefined ? "" : `warning at ${formatNumber(warning)}`,
    alert === undefined ? "" : `alert at ${formatNumber(alert)}`,
    p === undefined ? "" : `p = ${formatNumber(p, 3)}`,
  ].filter(Boolean).join(", ");
}

function BinsTable({ bins, label }: { bins: Bins; label: string }) {
  return (
    <div className="chart-table tall" role="region" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">Bin</th>
            <th scope="col" className="number">Reference</th>
            <th scope="col" className="number">Current</th>
          </tr>
        </thead>
        <tbody>
          {bins.labels.map((name, index) => (
            <tr key={index}>
              <th scope="row">{name}</th>
              <td className="number">{formatShare(bins.reference[index])}</td>
              <td className="number">{formatShare(bins.current[index])}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Profile({ name, profile }: { name: string; profile: ColumnProfile }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td className="number">{formatCount(profile.count)}</td>
      <td className="number">{formatCount(profile.missing)}</td>
      <td className="number">{formatNumber(profile.mean)}</td>
      <td className="number">{formatNumber(profile.std)}</td>
    </tr>
  );
}

/** One column: its shares then and now, its profile, and each statistic beside its threshold. */
export function DriftColumnDetail({ column }: { column: DriftColumn }) {
  const theme = useChartTheme();
  const [asTable, setAsTable] = useState(false);
  const bins = useMemo(() => binsOf(column), [column]);
  const option = useMemo(() => (bins ? histogramOption(bins, theme) : undefined), [bins, theme]);
  const say = (index: number) =>
    bins ? `${bins.labels[index]}: ${formatShare(bins.reference[index])} then, ${formatShare(bins.current[index])} now` : "";
  return (
    <div className="drift-detail">
      <div className="chart-card-head">
        <h3>{column.column}</h3>
        {bins && (
          <TableToggle name={column.column} shown={asTable} show={setAsTable} className="chart-last" />
        )}
      </div>
      {!bins && <p className="quiet">This report has no bins of the column.</p>}
      {bins && asTable && <BinsTable bins={bins} label={`Shares of ${column.column}`} />}
      {bins && option && !asTable && (
        <Chart option={option} height={260} label={sentence(column.column, bins)} walk={{ count: bins.labels.length, say }} />
      )}
      <TableBox label={`Profile of ${column.column}`}>
        <table className="small-table">
          <thead>
            <tr>
              <td />
              <th scope="col" className="number">Rows</th>
              <th scope="col" className="number">Missing</th>
              <th scope="col" className="number">Mean</th>
              <th scope="col" className="number">Std</th>
            </tr>
          </thead>
          <tbody>
            <Profile name="Reference" profile={column.reference} />
            <Profile name="Current" profile={column.current} />
          </tbody>
        </table>
      </TableBox>
      <ul className="drift-statistics">
        {column.statistics.map((one) => (
          <li key={one.method}>
            <strong>{methodName(one.method)} {formatNumber(numberOf(one.value))}</strong>
            <span className="quiet"> {thresholds(one)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

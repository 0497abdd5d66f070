import type { DriftColumn, DriftStatistic } from "../../api/schema";
import { formatNumber, numberOf } from "../../format/number";
import { Verdict } from "../../ui/status";
import { TableBox } from "../../ui/table";
import { methodName, methodsOf, ordered } from "./drift-columns";

function Cell({ statistic }: { statistic: DriftStatistic | undefined }) {
  if (!statistic) return <td className="number quiet">—</td>;
  const tone = { none: "", warning: "tone-warn", alert: "tone-bad" }[statistic.verdict];
  const alert = statistic.threshold_alert ?? statistic.threshold_warning;
  const said = [
    alert === undefined ? "" : `threshold ${formatNumber(alert)}`,
    statistic.p_value === undefined ? "" : `p = ${formatNumber(statistic.p_value, 3)}`,
  ].filter(Boolean).join(", ");
  return (
    <td className={`number ${tone}`} title={said || undefined}>
      {formatNumber(numberOf(statistic.value), 3)}
    </td>
  );
}

/** A row for each column, the worst first; a statistic for each method that the report has. */
export function DriftTable({ columns, chosen, onChoose }: {
  columns: DriftColumn[];
  chosen: string | undefined;
  onChoose: (column: string) => void;
}) {
  const methods = methodsOf(columns);
  return (
    <TableBox label="Drift of each column">
      <table>
        <thead>
          <tr>
            <th scope="col">Column</th>
            <th scope="col">Verdict</th>
            {methods.map((method) => <th key={method} scope="col" className="number">{methodName(method)}</th>)}
            <th scope="col">Kind</th>
          </tr>
        </thead>
        <tbody>
          {ordered(columns).map((column) => (
            <tr key={column.column} className={column.column === chosen ? "chosen" : undefined}>
              <th scope="row">
                <button
                  type="button"
                  className="cell-value"
                  aria-pressed={column.column === chosen}
                  data-row-link
                  onClick={() => onChoose(column.column)}
                >
                  {column.column}
                </button>
              </th>
              <td><Verdict verdict={column.verdict} /></td>
              {methods.map((method) => (
                <Cell key={method} statistic={column.statistics.find((one) => one.method === method)} />
              ))}
              <td className="quiet">{column.kind}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

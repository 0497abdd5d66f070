import { formatCount, formatNumber } from "../../format/number";
import { TableBox } from "../../ui/table";
import { runsText } from "./each-run";
import { groupRuns, metricSummary, type RunGroup } from "./groups";
import { columnName, filterWith, type ColumnChoice, type RunView } from "./runs";
import type { RunSelection } from "./RunsTable";
import { SelectRuns } from "./SelectRuns";

const summaryTitle = "last values: mean ± standard deviation";

function SummaryCell({ group, metricKey }: { group: RunGroup; metricKey: string }) {
  const { mean, deviation, finite, notFinite } = metricSummary(group.runs, metricKey);
  const others = notFinite > 0 ? `${notFinite} NaN or infinite` : "";
  if (mean === undefined) return <td className="number quiet">{others || "—"}</td>;
  const title = `mean and standard deviation of the last values of ${runsText(finite)}`;
  return (
    <td className="number" title={others ? `${title}; ${others}` : title}>
      {formatNumber(mean)}
      {deviation !== undefined && <span className="quiet"> ± {formatNumber(deviation, 2)}</span>}
      {(finite !== group.runs.length || notFinite > 0) && (
        <span className="quiet"> n {finite}{others && `, ${others}`}</span>
      )}
    </td>
  );
}

/** The filter that a group's runs answer, beside one that all do; undefined where it cannot be written. */
function groupFilter(filter: string, column: ColumnChoice, group: RunGroup): string | undefined {
  if (group.value === undefined) {
    return [filter.trim(), `${column.kind}.\`${column.key}\` IS NULL`].filter(Boolean).join(" and ");
  }
  const narrowed = filterWith(filter, column, group.value);
  return narrowed === filter ? undefined : narrowed;
}

/** The runs in groups by their value of a param or a tag: how many, and the metrics' means and deviations. */
export function GroupTable({ runs, by, metrics, filter, onOpen, selection }: {
  runs: RunView[];
  by: ColumnChoice;
  metrics: ColumnChoice[];
  filter: string;
  /** Shows the runs that answer a filter. */
  onOpen: (filter: string) => void;
  selection: RunSelection;
}) {
  return (
    <div className="framed-box">
      <TableBox label="Groups of runs">
        <table>
          <thead>
            <tr>
              <th scope="col" className="cell-check">
                <SelectRuns label="Select all runs of the groups" runs={runs} selection={selection} />
              </th>
              <th scope="col">{by.key}{by.kind === "tags" && " (tag)"}</th>
              <th scope="col" className="number">Runs</th>
              {metrics.map((column) => (
                <th key={columnName(column)} scope="col" className="number" title={summaryTitle}>{column.key}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {groupRuns(runs, by).map((group) => {
              const name = group.value === undefined ? "none" : group.value || "“”";
              const narrowed = groupFilter(filter, by, group);
              return (
                <tr key={group.value === undefined ? "none" : `=${group.value}`}>
                  <td className="cell-check">
                    <SelectRuns label={`Select the runs of ${name}`} runs={group.runs} selection={selection} />
                  </td>
                  <th scope="row">
                    {narrowed === undefined ? (
                      <span className="cell-clip" title={name}>{name}</span>
                    ) : (
                      <button
                        type="button"
                        className="cell-value"
                        title="Show these runs"
                        aria-label={`Show the runs of ${name}`}
                        onClick={() => onOpen(narrowed)}
                      >
                        <span className={group.value === undefined ? "cell-clip quiet" : "cell-clip"}>{name}</span>
                      </button>
                    )}
                  </th>
                  <td className="number">{formatCount(group.runs.length)}</td>
                  {metrics.map((column) => (
                    <SummaryCell key={columnName(column)} group={group} metricKey={column.key} />
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </TableBox>
    </div>
  );
}

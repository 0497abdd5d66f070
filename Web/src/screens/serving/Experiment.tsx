import type { ExperimentMetric, Rollout } from "../../api/schema";
import { formatCount, formatShare } from "../../format/number";
import { Facts } from "../../ui/basics";
import { useNow } from "../../ui/now";
import { Status } from "../../ui/status";
import { TableBox } from "../../ui/table";
import { Arms } from "./Canary";
import { callersText, datesText, metricDifference, metricNames, metricValue, splitText } from "./rollout-text";

function Winner({ winner }: { winner: string }) {
  return winner === "undecided"
    ? <Status tone="idle">Undecided</Status>
    : <Status tone="good">{`${winner === "control" ? "Control" : "Treatment"} wins`}</Status>;
}

function Row({ one }: { one: ExperimentMetric }) {
  const difference = (value: number | null | undefined) => metricDifference(one.metric, value);
  return (
    <tr>
      <th scope="row">{metricNames[one.metric]}</th>
      <td className="number">{metricValue(one.metric, one.control)} <span className="quiet">n {formatCount(one.control_count)}</span></td>
      <td className="number">
        {metricValue(one.metric, one.treatment)} <span className="quiet">n {formatCount(one.treatment_count)}</span>
      </td>
      <td className="number">{difference(one.difference)}</td>
      <td className="number">{typeof one.lower === "number" ? `${difference(one.lower)} to ${difference(one.upper)}` : "—"}</td>
      <td className="number">{formatShare(one.confidence ?? undefined)}</td>
      <td><Winner winner={one.winner} /></td>
    </tr>
  );
}

/** An A/B experiment: its split and dates, each success metric on both sides, and the winner. */
export function Experiment({ rollout }: { rollout: Rollout }) {
  const { traffic } = rollout;
  const now = useNow();
  return (
    <>
      <Facts
        facts={[
          ["Experiment", traffic.name ?? "—"],
          ...(traffic.description ? [["About", traffic.description] as [string, string]] : []),
          ["Split", splitText(traffic)],
          ["Dates", datesText(traffic)],
          ["Callers", callersText(traffic, now)],
          ["Winner", <Winner winner={rollout.winner ?? "undecided"} />],
          ["Confidence", formatShare(rollout.confidence ?? undefined)],
        ]}
      />
      <TableBox label="Success metrics">
        <table>
          <thead>
            <tr>
              <th scope="col">Success metric</th>
              <th scope="col" className="number">Control</th>
              <th scope="col" className="number">Treatment</th>
              <th scope="col" className="number">Difference</th>
              <th scope="col" className="number">Interval</th>
              <th scope="col" className="number">Confidence</th>
              <th scope="col">Winner</th>
            </tr>
          </thead>
          <tbody>{(rollout.metrics ?? []).map((one) => <Row key={one.metric} one={one} />)}</tbody>
        </table>
      </TableBox>
      <Arms rollout={rollout} names={["control", "treatment"]} />
    </>
  );
}

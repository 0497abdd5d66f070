import type { Rollout } from "../../api/schema";
import { formatDuration } from "../../format/time";
import { useParam } from "../../router";
import { Age } from "../../ui/now";
import { Status } from "../../ui/status";
import { TableBox } from "../../ui/table";
import { RolloutPanel } from "./RolloutPanel";
import { outcomeText, policyNames, statusNames } from "./rollout-text";

function Row({ rollout, chosen, onChoose }: { rollout: Rollout; chosen: boolean; onChoose: () => void }) {
  const [tone, word] = statusNames[rollout.status];
  return (
    <tr className={chosen ? "chosen" : undefined}>
      <th scope="row">
        <button type="button" className="cell-value link" aria-pressed={chosen} onClick={onChoose}>
          {policyNames[rollout.policy]} of {rollout.variants.join(" and ")}
        </button>
      </th>
      <td><Age at={rollout.started_at} /></td>
      <td>{rollout.ended_at === undefined ? "—" : formatDuration(rollout.ended_at - rollout.started_at)}</td>
      <td><Status tone={tone}>{word}</Status></td>
      <td>{outcomeText(rollout)}</td>
      <td className="wrap">{rollout.reason ?? "—"}</td>
    </tr>
  );
}

/** The rollouts of an endpoint, newest first; the chosen one in full. */
export function History({ rollouts }: { rollouts: readonly Rollout[] }) {
  const [chosen, setChosen] = useParam("rollout");
  const shown = rollouts.find((one) => String(one.policy_version) === chosen);
  if (rollouts.length === 0) return <p className="quiet">Nothing was rolled out yet.</p>;
  return (
    <>
      <div className="framed-box history">
        <TableBox label="Rollouts">
          <table>
            <thead>
              <tr>
                <th scope="col">Rollout</th>
                <th scope="col">Began</th>
                <th scope="col">Took</th>
                <th scope="col">State</th>
                <th scope="col">Came to</th>
                <th scope="col">Reason</th>
              </tr>
            </thead>
            <tbody>
              {rollouts.map((one) => (
                <Row
                  key={one.policy_version}
                  rollout={one}
                  chosen={one === shown}
                  onChoose={() => setChosen(one === shown ? "" : String(one.policy_version))}
                />
              ))}
            </tbody>
          </table>
        </TableBox>
      </div>
      {shown && <RolloutPanel title="Chosen rollout" rollout={shown} />}
    </>
  );
}

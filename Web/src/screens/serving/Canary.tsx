import type { Rollout, RolloutArm } from "../../api/schema";
import { formatCount, formatLatency, formatNumber, formatShare } from "../../format/number";
import { formatDuration } from "../../format/time";
import { useNow } from "../../ui/now";
import { Status, type Tone } from "../../ui/status";
import { TableBox } from "../../ui/table";
import { checksOf, needsOf, rampOf, type RampStep } from "./ramp";

const stepTones: Record<RampStep["state"], [Tone, string]> = {
  done: ["good", "done"],
  now: ["active", "now"],
  coming: ["idle", "coming"],
  stopped: ["bad", "ended here"],
  missed: ["idle", "not reached"],
};

function Ramp({ rollout }: { rollout: Rollout }) {
  return (
    <ol className="ramp" aria-label="Steps of the canary">
      {rampOf(rollout).map(({ percent, state }) => {
        const [tone, word] = stepTones[state];
        return (
          <li key={percent} className={`ramp-step ramp-${state}`} aria-current={state === "now" ? "step" : undefined}>
            <strong>{formatNumber(percent)}%</strong> <Status tone={tone}>{word}</Status>
          </li>
        );
      })}
    </ol>
  );
}

function Needs({ rollout, perSecond }: { rollout: Rollout; perSecond: number | undefined }) {
  const now = useNow();
  return (
    <dl className="facts needs" aria-label="What this step waits for">
      {needsOf(rollout, now, perSecond).map((need) => (
        <div key={need.name}>
          <dt>{need.name}</dt>
          <dd>
            <span className="bar need-bar" aria-hidden="true"><span style={{ width: `${need.share * 100}%` }} /></span>
            <span>{need.text}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Checks({ rollout }: { rollout: Rollout }) {
  return (
    <TableBox label="Checks of the canary">
      <table>
        <thead>
          <tr>
            <th scope="col">Check</th>
            <th scope="col">Verdict</th>
            <th scope="col" className="number">Canary</th>
            <th scope="col" className="number">Allowed up to</th>
            <th scope="col" className="number">p-value</th>
            <th scope="col" className="number">Rolled back below</th>
          </tr>
        </thead>
        <tbody>
          {checksOf(rollout).map((one) => (
            <tr key={one.name}>
              <th scope="row">{one.name}</th>
              <td><Status tone={one.tone}>{one.verdict}</Status></td>
              <td className="number">{one.estimate}</td>
              <td className="number">{one.bound}</td>
              <td className="number">{one.pValue}</td>
              <td className="number">{one.level}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

/** What was seen of the two sides of a comparison. */
export function Arms({ rollout, names }: { rollout: Rollout; names: [string, string] }) {
  const rows: [string, RolloutArm | undefined][] = [[names[0], rollout.reference], [names[1], rollout.current]];
  return (
    <TableBox label="What was seen">
      <table>
        <thead>
          <tr>
            <th scope="col">Side</th>
            <th scope="col" className="number">Requests</th>
            <th scope="col" className="number">Errors</th>
            <th scope="col" className="number">Typical time</th>
            <th scope="col" className="number">Feedback</th>
            <th scope="col" className="number">Mean of the metric</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, arm], index) => arm && (
            <tr key={name}>
              <th scope="row">{rollout.variants[index]} <span className="quiet">{name}</span></th>
              <td className="number">{formatCount(arm.requests)}</td>
              <td className="number">
                {formatCount(arm.errors)} ({formatShare(arm.requests > 0 ? arm.errors / arm.requests : undefined)})
              </td>
              <td className="number">{formatLatency(arm.latency_ms)}</td>
              <td className="number">{formatCount(arm.feedback)}</td>
              <td className="number">{formatNumber(arm.metric)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

/** A canary: its steps, what the present one waits for, and how it compares. */
export function Canary({ rollout, perSecond }: { rollout: Rollout; perSecond: number | undefined }) {
  const { traffic } = rollout;
  return (
    <>
      <div className="panel-body">
        <Ramp rollout={rollout} />
        {traffic.automatic === false && <p className="note">It goes neither on nor back by itself.</p>}
        {rollout.status !== "running" && rollout.ended_at !== undefined && (
          <p className="note">It took {formatDuration(rollout.ended_at - rollout.started_at)}.</p>
        )}
      </div>
      {rollout.status === "running" && <Needs rollout={rollout} perSecond={perSecond} />}
      {(rollout.checks?.length ?? 0) > 0 && <Checks rollout={rollout} />}
      <Arms rollout={rollout} names={["stable", "canary"]} />
    </>
  );
}

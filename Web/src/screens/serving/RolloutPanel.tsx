import type { Rollout } from "../../api/schema";
import { Facts, Panel } from "../../ui/basics";
import { Age } from "../../ui/now";
import { Status } from "../../ui/status";
import { Canary } from "./Canary";
import { Experiment } from "./Experiment";
import { comparisonFacts, policyNames, statusNames } from "./rollout-text";

/** What a rollout has shown. `perSecond` are the requests that its second variant gets now. */
export function RolloutPanel({ title, rollout, perSecond }: {
  title: string;
  rollout: Rollout;
  perSecond?: number | undefined;
}) {
  const [tone, word] = statusNames[rollout.status];
  return (
    <Panel
      title={title}
      note={<>{policyNames[rollout.policy]} of {rollout.variants.join(" and ")}, began <Age at={rollout.started_at} /></>}
      actions={<Status tone={tone} soft>{word}</Status>}
    >
      {rollout.reason && <p className="panel-body">{rollout.reason}</p>}
      {rollout.policy === "canary" && <Canary rollout={rollout} perSecond={perSecond} />}
      {rollout.policy === "ab_test" && <Experiment rollout={rollout} />}
      {rollout.comparison && <Facts facts={comparisonFacts(rollout.comparison)} />}
    </Panel>
  );
}

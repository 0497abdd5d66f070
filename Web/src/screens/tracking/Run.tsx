import { runQuery } from "../../api/queries";
import { useQuery } from "../../api/query";
import { runStyle } from "../../charts/run-style";
import { formatDuration } from "../../format/time";
import { places } from "../../places";
import { Link, useParam } from "../../router";
import { CopyButton, ErrorNote, Loading, ScreenHead, Swatch } from "../../ui/basics";
import { Age, useNow } from "../../ui/now";
import { RunStatus } from "../../ui/status";
import { Tabs } from "../../ui/tabs";
import { RunActions } from "./RunActions";
import { RunArtifacts } from "./RunArtifacts";
import { RunMetrics } from "./RunMetrics";
import { RunOverview } from "./RunOverview";
import { durationMs, runView, type RunView } from "./runs";

function Detail({ run }: { run: RunView }) {
  const now = useNow();
  const source = run.tags.get("mlflow.source.name");
  const commit = run.tags.get("mlflow.source.git.commit");
  return (
    <>
      <RunStatus status={run.status} />
      {run.deleted && <span className="tone-bad">deleted</span>}
      <span>{formatDuration(durationMs(run, now))}</span>
      <span>began <Age at={run.startTime} /></span>
      {run.userId && <span>by {run.userId}</span>}
      {source && <span className="mono">{source.split("/").pop()}</span>}
      {commit && <span className="mono" title={commit}>commit {commit.slice(0, 8)}</span>}
      {run.parentId && <Link className="link" href={places.run(run.parentId)}>parent run</Link>}
      <span className="mono">
        {run.id.slice(0, 8)}
        <CopyButton text={run.id} label="Copy the run id" />
      </span>
    </>
  );
}

/** One run: overview, metrics, artifacts. */
export default function RunScreen({ subject: id }: { subject: string }) {
  const answer = useQuery(runQuery(id));
  const [tab, setTab] = useParam("tab", "overview");
  if (answer.error && !answer.value) {
    return (
      <>
        <ScreenHead title="Run" detail={<span className="mono">{id}</span>} />
        <ErrorNote error={answer.error} retry={answer.reload} />
      </>
    );
  }
  if (!answer.value) return <Loading />;
  const run = runView(answer.value);
  const tabs = [
    { id: "overview", label: "Overview" },
    { id: "metrics", label: <>Metrics <span className="quiet">{run.metrics.size}</span></> },
    { id: "artifacts", label: "Artifacts" },
  ];
  const shown = tabs.some((one) => one.id === tab) ? tab : "overview";
  return (
    <>
      <ScreenHead
        title={<><Swatch colour={runStyle(run.id).colour} />{run.name}</>}
        detail={<Detail run={run} />}
      >
        <RunActions run={run} />
      </ScreenHead>
      <Tabs label="Parts of the run" tabs={tabs} chosen={shown} onChoose={setTab}>
        {shown === "overview" && <RunOverview run={run} wire={answer.value} />}
        {shown === "metrics" && <RunMetrics run={run} />}
        {shown === "artifacts" && <RunArtifacts run={run} />}
      </Tabs>
    </>
  );
}

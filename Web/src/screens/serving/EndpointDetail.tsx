import { lazy, Suspense, useState } from "react";
import { useQuery } from "../../api/query";
import type { Endpoint } from "../../api/schema";
import { readingsQuery, rolloutsQuery } from "../../api/serving";
import { places } from "../../places";
import { Link, useParam } from "../../router";
import { ErrorNote, Panel } from "../../ui/basics";
import { Tabs } from "../../ui/tabs";
import { Config } from "./Config";
import { RollbackDialog, UndeployDialog } from "./EndpointActs";
import { History } from "./History";
import { Measures } from "./Measures";
import { Metrics } from "./Metrics";
import { Predictions } from "./Predictions";
import { Traffic } from "./Traffic";
import { TryIt } from "./TryIt";

const TrafficDialog = lazy(() => import("./TrafficDialog"));

const tabs = [
  { id: "traffic", label: "Traffic" },
  { id: "metrics", label: "Metrics" },
  { id: "predictions", label: "Predictions" },
  { id: "try", label: "Try it" },
  { id: "config", label: "Config" },
  { id: "history", label: "History" },
];

type Open = "traffic" | "rollback" | "undeploy" | undefined;

function Acts({ endpoint, onOpen }: { endpoint: Endpoint; onOpen: (open: Open) => void }) {
  return (
    <div className="actions">
      <Link className="button" href={places.monitoring(endpoint.name)}>Drift</Link>
      <Link className="button" href={places.lineage("endpoint", endpoint.name)}>Lineage</Link>
      {endpoint.previous && <button type="button" onClick={() => onOpen("rollback")}>Roll back…</button>}
      <button type="button" onClick={() => onOpen("undeploy")}>Undeploy…</button>
      <button type="button" className="primary" onClick={() => onOpen("traffic")}>Edit traffic…</button>
    </div>
  );
}

/** One endpoint: how it does now, its traffic and what that shows, its predictions, a form to try it, its history. */
export function EndpointDetail({ endpoint }: { endpoint: Endpoint }) {
  const readings = useQuery(readingsQuery(endpoint.name));
  const [leaving, setLeaving] = useState(false);
  // They are asked for again when endpoints change, and are not there when this one is being taken away.
  const rollouts = useQuery(leaving ? null : rolloutsQuery(endpoint.name));
  const [tab, setTab] = useParam("tab", "traffic");
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  const shown = tabs.some((one) => one.id === tab) ? tab : "traffic";
  return (
    <section className="detail" aria-label={endpoint.name}>
      <div className="detail-head">
        <h2>{endpoint.name}</h2>
        <Acts endpoint={endpoint} onOpen={setOpen} />
      </div>
      <Measures endpoint={endpoint} readings={readings.value ?? []} />
      {endpoint.message && <p className="error-note">{endpoint.message}</p>}
      {readings.error && <ErrorNote error={readings.error} retry={readings.reload} />}
      {rollouts.error && <ErrorNote error={rollouts.error} retry={rollouts.reload} />}
      <Tabs label="Parts of the endpoint" tabs={tabs} chosen={shown} onChoose={setTab}>
        {shown === "traffic" && (
          <Traffic endpoint={endpoint} readings={readings.value ?? []} rollouts={rollouts.value ?? []} />
        )}
        {shown === "metrics" && <Metrics endpoint={endpoint} readings={readings.value ?? []} />}
        {shown === "predictions" && <Predictions endpoint={endpoint} />}
        {shown === "try" && <Panel title="Try it"><TryIt endpoint={endpoint} /></Panel>}
        {shown === "config" && <Config endpoint={endpoint} />}
        {shown === "history" && <History rollouts={rollouts.value ?? []} />}
      </Tabs>
      <Suspense fallback={null}>{open === "traffic" && <TrafficDialog endpoint={endpoint} onClose={close} />}</Suspense>
      {open === "rollback" && <RollbackDialog endpoint={endpoint} onClose={close} />}
      {open === "undeploy" && <UndeployDialog endpoint={endpoint} onLeaving={setLeaving} onClose={close} />}
    </section>
  );
}

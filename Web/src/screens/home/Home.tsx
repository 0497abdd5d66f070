import { activitiesQuery, alertsQuery, driftQuery, endpointsQuery, experimentsQuery, runsQuery } from "../../api/queries";
import { hasSettled, useQuery } from "../../api/query";
import { callerQuery, requestsQuery } from "../../api/registry";
import type { Alert, Endpoint, TransitionRequest } from "../../api/schema";
import { runStyle } from "../../charts/run-style";
import { formatCount, formatLatency, formatShare } from "../../format/number";
import { formatDuration } from "../../format/time";
import { places } from "../../places";
import { Link } from "../../router";
import { Empty, ErrorNote, Loading, Panel, ScreenHead, Swatch } from "../../ui/basics";
import { Age, useNow } from "../../ui/now";
import { EndpointState, RunStatus, Status, Verdict } from "../../ui/status";
import { TableBox } from "../../ui/table";
import { ActivityList } from "../activities/ActivityList";
import { whyNotApprove } from "../registry/transitions/requests";
import { durationMs, runView } from "../tracking/runs";

const requestsShown = 6;

/** What waits for somebody: transition requests that the reader may approve, then open alerts. */
function Needs({ alerts, requests }: { alerts: Alert[]; requests: TransitionRequest[] }) {
  if (alerts.length + requests.length === 0) return <p className="panel-body quiet">Nothing is open.</p>;
  return (
    <ul className="list">
      {requests.slice(0, requestsShown).map((request) => (
        <li key={request.id}>
          <Status tone="active">Approval</Status>
          <Link className="list-main" href={places.version(request.model_name, request.version, request.id)}>
            {request.model_name} version {request.version} to {request.stage}, asked by {request.requested_by}
          </Link>
          <span className="list-side">
            <Age at={request.requested_at} />
          </span>
        </li>
      ))}
      {requests.length > requestsShown && <li className="quiet">{requests.length - requestsShown} more requests wait</li>}
      {alerts.slice(0, 6).map((alert) => (
        <li key={alert.id}>
          <Status tone={alert.severity === "critical" ? "bad" : "warn"}>{alert.type}</Status>
          <Link className="list-main" href={places.monitoring(alert.endpoint, alert.feature)}>
            {alert.message}
          </Link>
          <span className="list-side">
            <Age at={alert.last_seen_at} />
          </span>
        </li>
      ))}
      {alerts.length > 6 && (
        <li>
          <Link className="link" href={places.monitoring()}>
            {alerts.length - 6} more
          </Link>
        </li>
      )}
    </ul>
  );
}

function EndpointDrift({ endpoint }: { endpoint: string }) {
  const { value } = useQuery(driftQuery(endpoint, 1));
  const latest = value?.[0];
  return latest ? <Verdict verdict={latest.verdict} /> : <span className="quiet">—</span>;
}

function Production({ endpoints }: { endpoints: Endpoint[] }) {
  return (
    <TableBox label="Endpoints">
      <table>
        <thead>
          <tr>
            <th scope="col">Endpoint</th>
            <th scope="col">Serves</th>
            <th scope="col">State</th>
            <th scope="col" className="number">Requests</th>
            <th scope="col" className="number">Errors</th>
            <th scope="col" className="number">p99</th>
            <th scope="col">Drift</th>
          </tr>
        </thead>
        <tbody>
          {endpoints.map((endpoint) => (
            <tr key={endpoint.name}>
              <th scope="row">
                <Link className="cell-clip" href={places.serving(endpoint.name)} title={endpoint.name} data-row-link>
                  {endpoint.name}
                </Link>
              </th>
              <td>
                <Link href={places.version(endpoint.model_name, endpoint.model_version)}>
                  <span className="cell-clip" title={endpoint.model_name}>{endpoint.model_name}</span>{" "}
                  {endpoint.model_version}
                </Link>
              </td>
              <td><EndpointState state={endpoint.state} /></td>
              <td className="number">{formatCount(endpoint.requests_total)}</td>
              <td className="number">
                {endpoint.requests_total > 0 ? formatShare(endpoint.errors_total / endpoint.requests_total) : "—"}
              </td>
              <td className="number">{formatLatency(endpoint.latency_ms_p99)}</td>
              <td><EndpointDrift endpoint={endpoint.name} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function NewestRuns({ experiments }: { experiments: Map<string, string> }) {
  const now = useNow();
  const ids = [...experiments.keys()];
  const { value, error } = useQuery(ids.length > 0 ? runsQuery({ experimentIds: ids, max: 10 }) : null);
  const runs = (value?.runs ?? []).map(runView);
  if (error) return <div className="panel-body"><ErrorNote error={error} /></div>;
  if (value && runs.length === 0) {
    return (
      <Empty
        title="No runs yet"
        code={`import mlflow\n\nmlflow.set_tracking_uri("${location.origin}")\nmlflow.set_experiment("first")\nwith mlflow.start_run():\n    mlflow.log_metric("loss", 0.5, step=1)`}
      >
        Log one from Python with the MLflow client.
      </Empty>
    );
  }
  return (
    <TableBox label="Newest runs">
      <table>
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">Experiment</th>
            <th scope="col">Status</th>
            <th scope="col">Began</th>
            <th scope="col" className="number">Duration</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.id}>
              <th scope="row">
                <Link className="cell-name" href={places.run(run.id)} data-row-link>
                  <Swatch colour={runStyle(run.id).colour} />
                  {run.name}
                </Link>
              </th>
              <td>
                <Link href={places.experiment(run.experimentId)}>{experiments.get(run.experimentId)}</Link>
              </td>
              <td><RunStatus status={run.status} /></td>
              <td><Age at={run.startTime} /></td>
              <td className="number">{formatDuration(durationMs(run, now))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function LatestActivity() {
  const { value, error } = useQuery(activitiesQuery(14));
  if (error && !value) return <div className="panel-body"><ErrorNote error={error} /></div>;
  if (!value) return <Loading />;
  if (value.length === 0) return <p className="panel-body quiet">Nothing has happened yet.</p>;
  return <ActivityList activities={value} />;
}

/** What needs me, what serves, what happened, what ran last. */
export default function Home(_: { subject: string }) {
  const alerts = useQuery(alertsQuery("open"));
  const pending = useQuery(requestsQuery({ state: "pending", max: 100 }));
  const caller = useQuery(callerQuery());
  const requests = (pending.value?.requests ?? []).filter((one) => !whyNotApprove(one, caller.value));
  const open = (alerts.value?.length ?? 0) + requests.length;
  const endpoints = useQuery(endpointsQuery());
  const experiments = useQuery(experimentsQuery());
  const names = new Map((experiments.value?.items ?? []).map((one) => [one.experiment_id ?? "", one.name ?? ""]));
  return (
    <>
      <ScreenHead title="Home" />
      {experiments.error && <ErrorNote error={experiments.error} retry={experiments.reload} />}
      <div className="home-columns">
        <div>
          <Panel title="Production">
            {endpoints.error && <div className="panel-body"><ErrorNote error={endpoints.error} /></div>}
            {endpoints.value && endpoints.value.length > 0 && <Production endpoints={endpoints.value} />}
            {endpoints.value?.length === 0 && (
              <p className="panel-body quiet">
                Nothing is served. A registered model is deployed on <Link className="link" href={places.models()}>its page</Link>.
              </p>
            )}
          </Panel>
          <Panel title="Newest runs">
            <NewestRuns experiments={names} />
          </Panel>
        </div>
        <div>
          <Panel title="Needs you" note={open > 0 ? `${open} open` : undefined}>
            {alerts.error && <div className="panel-body"><ErrorNote error={alerts.error} /></div>}
            {alerts.value && hasSettled(pending) && hasSettled(caller) && <Needs alerts={alerts.value} requests={requests} />}
          </Panel>
          <Panel title="Latest activity" actions={<Link className="link" href={places.activities()}>all</Link>}>
            <LatestActivity />
          </Panel>
        </div>
      </div>
    </>
  );
}

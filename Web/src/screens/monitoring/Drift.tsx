import { useState } from "react";
import { call } from "../../api/client";
import { driftQuery, endpointsQuery } from "../../api/queries";
import { invalidate, useQuery } from "../../api/query";
import type { DriftReport } from "../../api/schema";
import { formatCount } from "../../format/number";
import { formatMoment } from "../../format/time";
import { places } from "../../places";
import { Link, useParam } from "../../router";
import { Empty, ErrorNote, Loading, Panel } from "../../ui/basics";
import { Age } from "../../ui/now";
import { Verdict } from "../../ui/status";
import { toast } from "../../ui/toast";
import { DriftColumnDetail } from "./DriftColumnDetail";
import { DriftTable } from "./DriftTable";

type Method = "psi" | "ks" | "jensenshannon" | "all";
const methods: [Method, string][] = [
  ["psi", "PSI"], ["ks", "Kolmogorov–Smirnov"], ["jensenshannon", "Jensen–Shannon"], ["all", "all methods"],
];

function Check({ endpoint }: { endpoint: string }) {
  const [method, setMethod] = useState<Method>("all");
  const [busy, setBusy] = useState(false);
  const check = async () => {
    setBusy(true);
    try {
      const report = await call("POST /api/v1/monitoring/drift/check", { body: { endpoint, method } });
      invalidate(["drift", "alerts"]);
      toast(`Checked ${formatCount(report.current_rows)} rows of ${endpoint}.`);
    } catch (failure) {
      toast((failure as Error).message, { bad: true });
    }
    setBusy(false);
  };
  return (
    <>
      <select aria-label="Method" value={method} onChange={(event) => setMethod(event.target.value as Method)}>
        {methods.map(([id, name]) => <option key={id} value={id}>{name}</option>)}
      </select>
      <button type="button" disabled={busy} onClick={() => void check()}>Check now</button>
    </>
  );
}

function Report({ report }: { report: DriftReport }) {
  const [column, setColumn] = useParam("column");
  const chosen = report.columns.find((one) => one.column === column) ?? report.columns[0];
  return (
    <>
      <div className="drift-facts">
        <Verdict verdict={report.verdict} />
        <span>
          <Link className="link" href={places.version(report.model_name, report.model_version)}>
            {report.model_name} version {report.model_version}
          </Link>
        </span>
        <span>{formatCount(report.current_rows)} rows now, {formatCount(report.reference_rows)} in the reference</span>
        {report.window && (
          <span>window {formatMoment(report.window.from)} to {formatMoment(report.window.to)}</span>
        )}
        <span>checked <Age at={report.checked_at} /></span>
      </div>
      <div className="drift-columns">
        <DriftTable columns={report.columns} chosen={chosen?.column} onChoose={setColumn} />
        {chosen && <DriftColumnDetail column={chosen} />}
      </div>
    </>
  );
}

function Reports({ endpoint }: { endpoint: string }) {
  const { value, error, reload } = useQuery(driftQuery(endpoint));
  const [reportId, setReportId] = useParam("report");
  if (error && !value) return <div className="panel-body"><ErrorNote error={error} retry={reload} /></div>;
  if (!value) return <Loading />;
  const report = value.find((one) => one.id === reportId) ?? value[0];
  if (!report) {
    return (
      <Empty
        title="Not checked yet"
        code={`curl -X POST ${location.origin}/api/v1/monitoring/drift/check \\\n  -H 'Content-Type: application/json' \\\n  -d '{"endpoint": "${endpoint}"}'`}
      >
        A check compares the latest predictions with the reference logged beside the model.
      </Empty>
    );
  }
  return (
    <>
      {value.length > 1 && (
        <label className="drift-facts">
          Report
          <select value={report.id} onChange={(event) => setReportId(event.target.value === value[0]?.id ? "" : event.target.value)}>
            {value.map((one, index) => (
              <option key={one.id} value={one.id}>
                {formatMoment(one.checked_at)} · {one.verdict}{index === 0 ? " · newest" : ""}
              </option>
            ))}
          </select>
        </label>
      )}
      <Report report={report} />
    </>
  );
}

/** The drift of one endpoint: its reports, each column, and the distributions of the chosen one. */
export function Drift() {
  const endpoints = useQuery(endpointsQuery());
  const [chosenName, setChosen] = useParam("endpoint");
  const names = (endpoints.value ?? []).map((one) => one.name);
  const chosen = chosenName || names[0];
  const all = chosenName && !names.includes(chosenName) ? [chosenName, ...names] : names;
  return (
    <Panel
      title="Drift"
      actions={
        chosen && (
          <>
            <select aria-label="Endpoint" value={chosen} onChange={(event) => setChosen(event.target.value)}>
              {all.map((name) => <option key={name}>{name}</option>)}
            </select>
            <Check endpoint={chosen} />
          </>
        )
      }
    >
      {endpoints.error && <div className="panel-body"><ErrorNote error={endpoints.error} /></div>}
      {endpoints.value && !chosen && (
        <p className="panel-body quiet">
          Drift is measured on what an endpoint serves; <Link className="link" href={places.serving()}>none is deployed</Link>.
        </p>
      )}
      {chosen && <Reports key={chosen} endpoint={chosen} />}
    </Panel>
  );
}

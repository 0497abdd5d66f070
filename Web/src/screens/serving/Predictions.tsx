import { useMemo, useRef } from "react";
import { useQuery } from "../../api/query";
import type { Endpoint, Prediction } from "../../api/schema";
import { predictionsQuery } from "../../api/serving";
import { formatLatency, formatNumber, missing } from "../../format/number";
import { Link, navigate, urlWith, useParam, usePlace } from "../../router";
import { ErrorNote, Loading } from "../../ui/basics";
import { useHeldRows } from "../../ui/held-rows";
import { Age } from "../../ui/now";
import { PageFoot, usePages } from "../../ui/pages";
import { Status } from "../../ui/status";
import { TableBox } from "../../ui/table";
import { PredictionDialog } from "./PredictionDialog";
import { PredictionSearchBar } from "./PredictionSearchBar";
import { isNarrowed, searchOf } from "./prediction-search";

const short = (value: unknown) => {
  if (value === undefined || value === null) return missing;
  return typeof value === "string" ? value : JSON.stringify(value);
};

function Answer({ one }: { one: Prediction }) {
  if (one.status !== undefined && one.status !== 200) return <Status tone="bad">{`Failed, ${one.status}`}</Status>;
  return <span className="mono cell-clip">{short(one.prediction)}</span>;
}

function Row({ one, onOpen }: { one: Prediction; onOpen: (request: string) => void }) {
  return (
    <tr>
      <th scope="row">
        <button
          type="button"
          className="cell-value mono"
          data-row-link
          title={`${one.request_id}: all of it, and what turned out to be true`}
          onClick={() => onOpen(one.request_id)}
        >
          …{one.request_id.slice(-8)}
        </button>
      </th>
      <td><Age at={Date.parse(one.timestamp)} /></td>
      <td>
        {one.variant === undefined ? missing : (
          <Link href={urlWith({ variant: one.variant, page: undefined })} title="Only this variant">{one.variant}</Link>
        )}
      </td>
      <td className="number">
        <Link href={urlWith({ version: one.model_version, page: undefined })} title="Only this version">
          {one.model_version}
        </Link>
      </td>
      <td title={one.error}><Answer one={one} /></td>
      <td className="mono"><span className="cell-clip" title={short(one.features)}>{short(one.features)}</span></td>
      <td className="mono"><span className="cell-clip">{short(one.ground_truth)}</span></td>
      <td className="number">{formatNumber(one.metric_value)}</td>
      <td className="number">{formatLatency(one.latency_ms)}</td>
    </tr>
  );
}

function PredictionsTable({ rows, onOpen }: { rows: readonly Prediction[]; onOpen: (request: string) => void }) {
  return (
    <div className="framed-box">
      <TableBox label="Latest predictions">
        <table>
          <thead>
            <tr>
              <th scope="col">Request</th>
              <th scope="col">At</th>
              <th scope="col">Variant</th>
              <th scope="col" className="number">Version</th>
              <th scope="col">Prediction</th>
              <th scope="col">Features</th>
              <th scope="col">Ground truth</th>
              <th scope="col" className="number">Metric</th>
              <th scope="col" className="number">Latency</th>
            </tr>
          </thead>
          <tbody>{rows.map((one) => <Row key={one.request_id} one={one} onOpen={onOpen} />)}</tbody>
        </table>
      </TableBox>
    </div>
  );
}

/** The log of an endpoint, newest first. Search, page and what is open are in the URL; new rows wait. */
export function Predictions({ endpoint }: { endpoint: Endpoint }) {
  const search = searchOf(usePlace().search);
  const pages = usePages();
  const [opened] = useParam("prediction");
  const query = predictionsQuery(endpoint.name, search, pages.token);
  const answer = useQuery(query);
  // While another question is asked, the rows of the last one stay; they must not be held for the other's.
  const last = useRef({ question: query.key, page: answer.value });
  if (answer.value) last.current = { question: query.key, page: answer.value };
  const { question, page } = last.current;
  const now = useMemo(() => (page?.predictions ?? []).map((one) => ({ ...one, id: one.request_id })), [page]);
  const held = useHeldRows(now, question, true);
  const next = page?.nextPageToken;
  const variants = new Set([...endpoint.variants.map((one) => one.name), ...(search.variant ? [search.variant] : [])]);
  const open = (request: string | undefined) => navigate(urlWith({ prediction: request }), { replace: true });
  return (
    <>
      <PredictionSearchBar search={search} variants={[...variants]}>
        <span className="note" role="status">
          {held.rows.length > 0 ? `${held.rows.length} shown, newest first${next ? "; older ones follow" : ""}` : ""}
        </span>
        {held.waiting > 0 && <button type="button" onClick={held.release}>{held.waiting} new ↑</button>}
      </PredictionSearchBar>
      {answer.error && <ErrorNote error={answer.error} retry={answer.reload} />}
      {!page && !answer.error && <Loading />}
      <div {...held.holders}>
        {answer.value && held.rows.length === 0 && (
          <p className="quiet">{isNarrowed(search) ? "The log has nothing like that." : "None logged yet."}</p>
        )}
        {held.rows.length > 0 && <PredictionsTable rows={held.rows} onOpen={open} />}
      </div>
      <PageFoot pages={pages} next={next} />
      {opened && (
        <PredictionDialog
          endpoint={endpoint.name}
          request={opened}
          shadow={search.shadow}
          onClose={() => open(undefined)}
        />
      )}
    </>
  );
}

import { useRef, useState } from "react";
import { useQuery } from "../../api/query";
import type { Webhook } from "../../api/schema";
import { deliveriesQuery, type DeliveryState } from "../../api/webhooks";
import { navigate, urlWith, useParam } from "../../router";
import { ErrorNote, Loading, Panel } from "../../ui/basics";
import { useHeldRows } from "../../ui/held-rows";
import { DeliveriesTable } from "./DeliveriesTable";

const states: ("all" | DeliveryState)[] = ["all", "pending", "delivered", "failed"];
const words = { all: "all", pending: "waiting", delivered: "delivered", failed: "failed" };

/** What was sent to a webhook, page by page. State and page are in the URL; new ones wait while the pointer is here. */
export function Deliveries({ webhook }: { webhook: Webhook }) {
  const [stateText] = useParam("state", "all");
  const [pageToken] = useParam("page");
  const [trail, setTrail] = useState<string[]>([]);
  const chosen = states.find((one) => one === stateText) ?? "all";
  const answer = useQuery(deliveriesQuery(webhook.id, chosen === "all" ? undefined : chosen, pageToken));
  // While another question is asked, the rows of the last one stay.
  const last = useRef(answer.value);
  last.current = answer.value ?? last.current;
  const page = last.current;
  const held = useHeldRows(page?.deliveries ?? [], `${chosen} ${pageToken}`);
  const next = page?.nextPageToken;

  const choose = (state: string) => {
    setTrail([]);
    navigate(urlWith({ state: state === "all" ? undefined : state, page: undefined }), { replace: true });
  };
  const turn = (token: string, nextTrail: string[]) => {
    setTrail(nextTrail);
    navigate(urlWith({ page: token }));
  };
  return (
    <Panel
      title="Deliveries"
      note={held.rows.length > 0 ? `${held.rows.length}${next ? "+" : ""}, kept for a week` : undefined}
      actions={
        <>
          {held.waiting > 0 && <button type="button" onClick={held.release}>{held.waiting} new ↑</button>}
          <span className="segments" role="radiogroup" aria-label="Which deliveries">
            {states.map((one) => (
              <label key={one}>
                <input type="radio" name="delivery-state" checked={one === chosen} onChange={() => choose(one)} />
                {words[one]}
              </label>
            ))}
          </span>
        </>
      }
    >
      {answer.error && <div className="panel-body"><ErrorNote error={answer.error} retry={answer.reload} /></div>}
      {!page && !answer.error && <Loading />}
      <div className="deliveries" onPointerEnter={() => held.hold(true)} onPointerLeave={() => held.hold(false)}>
        {answer.value && held.rows.length === 0 && (
          <p className="panel-body quiet">{chosen === "all" ? "Nothing was sent yet." : "None."}</p>
        )}
        {held.rows.length > 0 && <DeliveriesTable webhookId={webhook.id} deliveries={held.rows} />}
      </div>
      {(next || trail.length > 0 || pageToken) && (
        <div className="table-foot panel-foot">
          <button type="button" disabled={!pageToken} onClick={() => turn(trail[trail.length - 1] ?? "", trail.slice(0, -1))}>
            Previous
          </button>
          <button type="button" disabled={!next} onClick={() => next && turn(next, [...trail, pageToken])}>Next</button>
        </div>
      )}
    </Panel>
  );
}

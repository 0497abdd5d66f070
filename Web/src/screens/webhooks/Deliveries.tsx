import { useRef } from "react";
import { useQuery } from "../../api/query";
import type { Webhook } from "../../api/schema";
import { deliveriesQuery, type DeliveryState } from "../../api/webhooks";
import { navigate, urlWith, useParam } from "../../router";
import { ErrorNote, Loading, Panel } from "../../ui/basics";
import { useHeldRows } from "../../ui/held-rows";
import { PageFoot, usePages } from "../../ui/pages";
import { DeliveriesTable } from "./DeliveriesTable";

const states: ("all" | DeliveryState)[] = ["all", "pending", "delivered", "failed"];
const words = { all: "all", pending: "waiting", delivered: "delivered", failed: "failed" };

/** What was sent to a webhook, page by page. State and page are in the URL; new ones wait as `useHeldRows` says. */
export function Deliveries({ webhook }: { webhook: Webhook }) {
  const [stateText] = useParam("state", "all");
  const pages = usePages();
  const chosen = states.find((one) => one === stateText) ?? "all";
  const answer = useQuery(deliveriesQuery(webhook.id, chosen === "all" ? undefined : chosen, pages.token));
  // While another question is asked, the rows of the last one stay.
  const last = useRef(answer.value);
  last.current = answer.value ?? last.current;
  const page = last.current;
  const held = useHeldRows(page?.deliveries ?? [], `${chosen} ${pages.token}`);
  const next = page?.nextPageToken;

  const choose = (state: string) =>
    navigate(urlWith({ state: state === "all" ? undefined : state, page: undefined }), { replace: true });
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
      <div className="deliveries" {...held.holders}>
        {answer.value && held.rows.length === 0 && (
          <p className="panel-body quiet">{chosen === "all" ? "Nothing was sent yet." : "None."}</p>
        )}
        {held.rows.length > 0 && <DeliveriesTable webhookId={webhook.id} deliveries={held.rows} />}
      </div>
      <PageFoot pages={pages} next={next} className="panel-foot" />
    </Panel>
  );
}

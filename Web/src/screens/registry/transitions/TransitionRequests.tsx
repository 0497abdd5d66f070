import type { ModelVersion } from "../../../api/schema";
import { ErrorNote, Panel } from "../../../ui/basics";
import { useHeldRows } from "../../../ui/held-rows";
import { PageFoot } from "../../../ui/pages";
import { RequestItem } from "./RequestItem";
import { useDecisions } from "./useDecisions";
import { requestStates, type TransitionRequestsShown } from "./useTransitionRequests";

const words = { all: "all", pending: "waiting", approved: "approved", rejected: "rejected" };

/** The place of the panel, for links within the page. */
export const requestsPlace = "transition-requests";

function Which({ shown }: { shown: TransitionRequestsShown }) {
  return (
    <span className="segments" role="radiogroup" aria-label="Which requests">
      {requestStates.map((one) => (
        <label key={one}>
          <input type="radio" name="request-state" checked={one === shown.chosen} onChange={() => shown.choose(one)} />
          {words[one]}
        </label>
      ))}
    </span>
  );
}

/** The requests to move versions of a model: made, discussed, approved and rejected here. */
export function TransitionRequests({ shown, versions, servedBy, onRequest, showsVersion }: {
  shown: TransitionRequestsShown;
  versions: ModelVersion[];
  servedBy: (version: string) => string[];
  onRequest: () => void;
  showsVersion: boolean;
}) {
  const { deciding, dialog, box } = useDecisions(shown.caller, versions, servedBy);
  const held = useHeldRows(shown.page?.requests ?? [], `${shown.chosen} ${shown.pages.token}`);
  const isNew = shown.page !== undefined && held.rows.length === 0 && shown.chosen === "all" && !shown.pages.token;
  return (
    <div id={requestsPlace} className="requests" tabIndex={-1} ref={box}>
      <Panel
        title="Transition requests"
        note={isNew ? "none yet" : shown.waiting ? `${shown.waiting} waiting` : undefined}
        actions={
          <>
            {held.waiting > 0 && <button type="button" onClick={held.release}>{held.waiting} new ↑</button>}
            {!isNew && <Which shown={shown} />}
            <button type="button" onClick={onRequest}>Request a transition…</button>
          </>
        }
      >
        {shown.error && <div className="panel-body"><ErrorNote error={shown.error} retry={shown.reload} /></div>}
        {shown.page && held.rows.length === 0 && !isNew && <p className="panel-body quiet">None.</p>}
        {held.rows.length > 0 && (
          <ul className="request-list" {...held.holders}>
            {held.rows.map((request) => (
              <RequestItem
                key={request.id}
                request={request}
                showsVersion={showsVersion}
                open={request.id === shown.opened}
                onOpen={(open) => shown.open(open ? request.id : "")}
                deciding={deciding}
              />
            ))}
          </ul>
        )}
        <PageFoot pages={shown.pages} next={shown.page?.nextPageToken} className="panel-foot" />
      </Panel>
      {dialog}
    </div>
  );
}

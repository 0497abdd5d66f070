import { useId, useState } from "react";
import { call } from "../../../api/client";
import { invalidate } from "../../../api/query";
import type { Caller, ModelVersion, TransitionRequest } from "../../../api/schema";
import { places } from "../../../places";
import { Link } from "../../../router";
import { useAct } from "../../../ui/act";
import { ErrorNote } from "../../../ui/basics";
import { Icon } from "../../../ui/icon";
import { Age } from "../../../ui/now";
import { Stage, Status } from "../../../ui/status";
import { Checklist } from "./Checklist";
import { doneText, leavingFor, stateOf, whyNotApprove } from "./requests";

/** What can be done with a request that waits. */
export interface Deciding {
  caller: Caller | undefined;
  versions: readonly ModelVersion[];
  approve: (request: TransitionRequest) => void;
  reject: (request: TransitionRequest, mine: boolean) => void;
}

function Decide({ request, deciding, reason }: { request: TransitionRequest; deciding: Deciding; reason: string }) {
  const why = whyNotApprove(request, deciding.caller, deciding.versions);
  const mine = deciding.caller?.name === request.requested_by;
  const what = `version ${request.version} to ${request.stage}`;
  return (
    <>
      <button
        type="button"
        onClick={() => deciding.reject(request, mine)}
        aria-label={`${mine ? "Take back" : "Reject"}… ${what}`}
      >
        {mine ? "Take back…" : "Reject…"}
      </button>
      <button
        type="button"
        className="primary"
        aria-label={`Approve… ${what}`}
        aria-disabled={why !== undefined}
        aria-describedby={why ? reason : undefined}
        onClick={() => why === undefined && deciding.approve(request)}
      >
        Approve…
      </button>
      {why && <p id={reason} className="note request-why">{why}</p>}
    </>
  );
}

function Comments({ request }: { request: TransitionRequest }) {
  if (request.comments.length === 0) return null;
  return (
    <ul className="request-comments" aria-label="Comments">
      {request.comments.map((comment, index) => (
        <li key={index}>
          <span className="quiet"><strong>{comment.author}</strong> <Age at={comment.at} /></span>
          <p className="prewrap">{comment.text}</p>
        </li>
      ))}
    </ul>
  );
}

/** What one can say to a request, and do about it while it waits. */
function Foot({ request, deciding }: { request: TransitionRequest; deciding: Deciding }) {
  const reason = useId();
  const [text, setText] = useState("");
  const { busy, error, act } = useAct();
  const say = () =>
    act(async () => {
      const path = { id: request.id };
      await call("POST /api/v1/registry/transition-requests/{id}/comments", { path, body: { text: text.trim() } });
      invalidate(["models"]);
      setText("");
    });
  return (
    <>
      {error && <ErrorNote error={error} />}
      <div className="request-foot">
        <form
          className="request-say"
          onSubmit={(event) => {
            event.preventDefault();
            if (text.trim()) void say();
          }}
        >
          <input
            aria-label={`Comment on version ${request.version} to ${request.stage}`}
            placeholder="Ask or say something"
            required
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          <button type="submit" disabled={busy}>Comment</button>
        </form>
        {request.state === "pending" && <Decide request={request} deciding={deciding} reason={reason} />}
      </div>
    </>
  );
}

/** When it was asked and by whom, and when and by whom it was decided. */
function Who({ request }: { request: TransitionRequest }) {
  const [, word] = stateOf(request);
  return (
    <span className="list-side request-who">
      <span>asked by {request.requested_by} <Age at={request.requested_at} /></span>
      {request.decided_by && (
        <span>{word.toLowerCase()} by {request.decided_by} <Age at={request.decided_at} /></span>
      )}
    </span>
  );
}

/** A transition request: a line, and where it is open all that was asked and said. One that waits is always open. */
export function RequestItem({ request, showsVersion, open, onOpen, deciding }: {
  request: TransitionRequest;
  showsVersion: boolean;
  open: boolean;
  onOpen: (open: boolean) => void;
  deciding: Deciding;
}) {
  const body = useId();
  const [tone, word] = stateOf(request);
  const isPending = request.state === "pending";
  const isOpen = open || isPending;
  const leaving = leavingFor(request, deciding.versions);
  return (
    <li className={isPending ? "request request-pending" : "request"} data-request={request.id}>
      <div className="request-line">
        {!isPending && (
          <button
            type="button"
            className="icon-button"
            aria-expanded={isOpen}
            aria-controls={body}
            aria-label={`Details of version ${request.version} to ${request.stage}`}
            title="Details"
            onClick={() => onOpen(!isOpen)}
          >
            <Icon name={isOpen ? "down" : "right"} />
          </button>
        )}
        <Status tone={tone} soft>{word}</Status>
        {showsVersion && (
          <Link className="request-version" href={places.version(request.model_name, request.version)} data-row-link>
            version {request.version}
          </Link>
        )}
        <span className="request-move">
          <Stage stage={request.from_stage} /> <span className="quiet">to</span> <Stage stage={request.stage} />
        </span>
        {request.checklist.length > 0 && <span className="quiet">{doneText(request.checklist)}</span>}
        <Who request={request} />
      </div>
      {isOpen && (
        <div id={body} className="request-body">
          {leaving.length > 0 && (
            <p className="quiet">
              {leaving.map((move) => `Version ${move.version}`).join(", ")} {leaving.length > 1 ? "leave" : "leaves"}{" "}
              {request.stage} for the archive then.
            </p>
          )}
          {request.checklist.length > 0 && <Checklist checklist={request.checklist} />}
          <Comments request={request} />
          <Foot request={request} deciding={deciding} />
        </div>
      )}
    </li>
  );
}

import { useState } from "react";
import { call } from "../../../api/client";
import { invalidate } from "../../../api/query";
import type { ModelVersion, TransitionRequest } from "../../../api/schema";
import { ConfirmDialog } from "../../../ui/confirm";
import { toast } from "../../../ui/toast";
import { ServedNote, StageMoves } from "../StageMoves";
import { movesOf } from "../versions";
import { ChecklistTicks } from "./Checklist";
import { openItems, stageNamed } from "./requests";

function Reason({ label, required = false, value, onChange }: {
  label: string;
  required?: boolean;
  value: string;
  onChange: (text: string) => void;
}) {
  return (
    <label className="field">
      <span>{label}</span>
      <textarea rows={3} required={required} value={value} onChange={(event) => onChange(event.target.value)} />
    </label>
  );
}

/** Approves a request: what moves, what is done, and why. */
export function ApproveDialog({ request, versions, servedBy, onDecided, onClose }: {
  request: TransitionRequest;
  versions: ModelVersion[];
  servedBy: (version: string) => string[];
  onDecided: () => void;
  onClose: () => void;
}) {
  const { id, model_name: name, version, stage } = request;
  const [checklist, setChecklist] = useState(request.checklist);
  const [comment, setComment] = useState("");
  const moves = movesOf(versions, version, stageNamed(stage), request.archive_existing_versions);
  const open = openItems(checklist).length;

  const confirm = async () => {
    const body = { comment: comment.trim(), checklist };
    await call("POST /api/v1/registry/transition-requests/{id}/approve", { path: { id }, body });
    invalidate(["models"]);
    onDecided();
    toast(`Version ${version} of ${name} is in ${stage}.`);
  };
  return (
    <ConfirmDialog
      title={`Approve version ${version} to ${stage}`}
      question={`Approve, and move version ${version} to ${stage}?`}
      confirm="Approve"
      blocked={open > 0 ? `${open} item${open === 1 ? " is" : "s are"} not done` : undefined}
      onConfirm={confirm}
      onClose={onClose}
    >
      <StageMoves moves={moves} moved={version} />
      <ServedNote moves={moves} servedBy={servedBy} />
      {checklist.length > 0 && (
        <fieldset className="plain-fieldset">
          <legend>Checklist: tick what you have seen to be done</legend>
          <ChecklistTicks checklist={checklist} onChange={setChecklist} />
        </fieldset>
      )}
      <Reason label="Why, if you like" value={comment} onChange={setComment} />
    </ConfirmDialog>
  );
}

/** Rejects a request with a reason; who made it takes it back. */
export function RejectDialog({ request, mine, onDecided, onClose }: {
  request: TransitionRequest;
  mine: boolean;
  onDecided: () => void;
  onClose: () => void;
}) {
  const { id, version, stage } = request;
  const [comment, setComment] = useState("");
  const act = mine ? "Take back" : "Reject";

  const confirm = async () => {
    await call("POST /api/v1/registry/transition-requests/{id}/reject", { path: { id }, body: { comment: comment.trim() } });
    invalidate(["models"]);
    onDecided();
    toast(mine ? "The request is taken back." : `The request of ${request.requested_by} is rejected.`);
  };
  return (
    <ConfirmDialog
      title={`${act} version ${version} to ${stage}`}
      question={mine ? "Take your request back?" : `Reject the request of ${request.requested_by}?`}
      confirm={act}
      onConfirm={confirm}
      onClose={onClose}
    >
      <p>Version {version} stays where it is. Another request can be made at any time.</p>
      <Reason
        label={mine ? "Why, if you like" : `Why: ${request.requested_by} reads it`}
        required={!mine}
        value={comment}
        onChange={setComment}
      />
    </ConfirmDialog>
  );
}

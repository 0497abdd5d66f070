import { useState } from "react";
import { call } from "../../../api/client";
import { invalidate, useQuery } from "../../../api/query";
import { requestsQuery } from "../../../api/registry";
import type { ChecklistItem, ModelVersion } from "../../../api/schema";
import { ConfirmDialog } from "../../../ui/confirm";
import { toast } from "../../../ui/toast";
import { ArchiveChoice, StageMoves } from "../StageMoves";
import { canArchive, movesOf, stageOf, type StageName } from "../versions";
import { ChecklistEditor } from "./Checklist";
import { itemsOfLast, nextStage, stagesFrom, withItem } from "./requests";

/** Where a version shall go. */
function Target({ versions, version, stage, onVersion, onStage }: {
  versions: ModelVersion[];
  version: string;
  stage: StageName;
  onVersion: (version: string) => void;
  onStage: (stage: StageName) => void;
}) {
  const from = stageIn(versions, version);
  return (
    <div className="request-target">
      <label className="field">
        <span>Version</span>
        <select value={version} onChange={(event) => onVersion(event.target.value)}>
          {versions.map((one) => (
            <option key={one.version} value={one.version}>version {one.version}, in {stageOf(one)}</option>
          ))}
        </select>
      </label>
      <label className="field">
        <span>To stage</span>
        <select value={stage} onChange={(event) => onStage(event.target.value as StageName)}>
          {stagesFrom(from).map((one) => <option key={one}>{one}</option>)}
        </select>
      </label>
    </div>
  );
}

const stageIn = (versions: readonly ModelVersion[], number: string): StageName => {
  const found = versions.find((one) => one.version === number);
  return found ? stageOf(found) : "None";
};

/** Asks somebody else to move a version: where to, what must be done before, and why. */
export function RequestDialog({ name, versions, asked, onClose }: {
  name: string;
  versions: ModelVersion[];
  /** The version, and the stage where one was chosen. */
  asked: { version: string; stage?: StageName | undefined };
  onClose: () => void;
}) {
  const [version, setVersion] = useState(asked.version);
  const [chosen, setChosen] = useState(asked.stage);
  const [archives, setArchives] = useState(true);
  const [written, setWritten] = useState<ChecklistItem[]>();
  const [item, setItem] = useState("");
  const [comment, setComment] = useState("");
  const from = stageIn(versions, version);
  const stage = chosen && chosen !== from ? chosen : nextStage(from);
  const past = useQuery(requestsQuery({ model: name, max: 100 })).value?.requests ?? [];
  const suggested = itemsOfLast(past, stage);
  const checklist = written ?? suggested;
  const leaving = movesOf(versions, version, stage, true).slice(1);

  const confirm = async () => {
    const body = {
      model_name: name,
      version,
      stage,
      archive_existing_versions: archives && canArchive(stage),
      checklist: withItem(checklist, item),
      comment: comment.trim(),
    };
    await call("POST /api/v1/registry/transition-requests", { body });
    invalidate(["models"]);
    toast(`Asked for version ${version} of ${name} to be moved to ${stage}.`);
  };
  return (
    <ConfirmDialog
      title="Request a transition"
      question="Request a transition"
      confirm="Send request"
      onConfirm={confirm}
      onClose={onClose}
    >
      <p className="note">Somebody else must approve it. Until then nothing changes.</p>
      <Target versions={versions} version={version} stage={stage} onVersion={setVersion} onStage={setChosen} />
      <StageMoves moves={movesOf(versions, version, stage, archives)} moved={version} />
      <ArchiveChoice leaving={leaving} stage={stage} archives={archives} onChange={setArchives} />
      <ChecklistEditor checklist={checklist} onChange={setWritten} text={item} onText={setItem} />
      {!written && suggested.length > 0 && <p className="note">These are the items of the last request to {stage}.</p>}
      <label className="field">
        <span>Why</span>
        <textarea
          rows={3}
          placeholder="What speaks for it, and where the evidence is"
          value={comment}
          onChange={(event) => setComment(event.target.value)}
        />
      </label>
    </ConfirmDialog>
  );
}

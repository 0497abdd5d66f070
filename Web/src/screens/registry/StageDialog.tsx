import { useState } from "react";
import { call } from "../../api/client";
import { invalidate } from "../../api/query";
import type { ModelVersion } from "../../api/schema";
import { ConfirmDialog } from "../../ui/confirm";
import { toast } from "../../ui/toast";
import { ArchiveChoice, ServedNote, StageMoves } from "./StageMoves";
import { canArchive, movesOf, type StageName } from "./versions";

/** Asks before a version changes its stage, and says which others leave it. */
export function StageDialog({ name, versions, version, stage, servedBy, onClose }: {
  name: string;
  versions: ModelVersion[];
  version: string;
  stage: StageName;
  servedBy: (version: string) => string[];
  onClose: () => void;
}) {
  const [archives, setArchives] = useState(canArchive(stage));
  const moves = movesOf(versions, version, stage, archives);
  const leaving = movesOf(versions, version, stage, true).slice(1);

  const confirm = async () => {
    const body = { name, version, stage, archive_existing_versions: archives && canArchive(stage) };
    await call("POST /api/2.0/mlflow/model-versions/transition-stage", { body });
    invalidate(["models"]);
    toast(`Version ${version} of ${name} is in ${stage}.`);
  };
  return (
    <ConfirmDialog
      title={`Move version ${version} to ${stage}`}
      question={`Move version ${version} to ${stage}?`}
      confirm={`Move to ${stage}`}
      onConfirm={confirm}
      onClose={onClose}
    >
      <StageMoves moves={moves} moved={version} />
      <ArchiveChoice leaving={leaving} stage={stage} archives={archives} onChange={setArchives} />
      {stage === "Production" && leaving.length === 0 && <p className="note">No version is in Production now.</p>}
      <ServedNote moves={moves} servedBy={servedBy} />
    </ConfirmDialog>
  );
}

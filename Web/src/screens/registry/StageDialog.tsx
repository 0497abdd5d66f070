import { useState } from "react";
import { call } from "../../api/client";
import { invalidate } from "../../api/query";
import type { ModelVersion } from "../../api/schema";
import { ConfirmDialog } from "../../ui/confirm";
import { Stage } from "../../ui/status";
import { toast } from "../../ui/toast";
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
  const served = moves.flatMap((move) => servedBy(move.version).map((endpoint) => ({ endpoint, version: move.version })));

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
      <ul className="moves">
        {moves.map((move) => (
          <li key={move.version}>
            <strong>version {move.version}</strong>
            {move.version === version ? "moves from" : "leaves"} <Stage stage={move.from} /> {move.version === version ? "to" : "and is"}{" "}
            <Stage stage={move.to} />
          </li>
        ))}
      </ul>
      {leaving.length > 0 && (
        <p>
          <label className="check">
            <input type="checkbox" checked={archives} onChange={(event) => setArchives(event.target.checked)} />
            Archive what is in {stage} now: version{leaving.length > 1 ? "s" : ""} {leaving.map((move) => move.version).join(", ")}
          </label>
        </p>
      )}
      {stage === "Production" && leaving.length === 0 && <p className="note">No version is in Production now.</p>}
      {served.length > 0 && (
        <p className="note">
          {served.map((one) => `Endpoint ${one.endpoint} goes on serving version ${one.version}.`).join(" ")} A change of
          stage does not deploy.
        </p>
      )}
    </ConfirmDialog>
  );
}

import { Stage } from "../../ui/status";
import type { StageMove } from "./versions";

/** What a transition does to each version: the one that moves, then those that leave its stage. */
export function StageMoves({ moves, moved }: { moves: StageMove[]; moved: string }) {
  return (
    <ul className="moves">
      {moves.map((move) => (
        <li key={move.version}>
          <strong>version {move.version}</strong>{" "}
          {move.version === moved ? "moves from" : "leaves"} <Stage stage={move.from} />{" "}
          {move.version === moved ? "to" : "and is"} <Stage stage={move.to} />
        </li>
      ))}
    </ul>
  );
}

/** The choice whether the versions that are in a stage now go to the archive. */
export function ArchiveChoice({ leaving, stage, archives, onChange }: {
  leaving: StageMove[];
  stage: string;
  archives: boolean;
  onChange: (archives: boolean) => void;
}) {
  if (leaving.length === 0) return null;
  return (
    <p>
      <label className="check">
        <input type="checkbox" checked={archives} onChange={(event) => onChange(event.target.checked)} />
        Archive what is in {stage} now: version{leaving.length > 1 ? "s" : ""} {leaving.map((move) => move.version).join(", ")}
      </label>
    </p>
  );
}

/** Says of the endpoints that serve a moved version that they go on. */
export function ServedNote({ moves, servedBy }: { moves: StageMove[]; servedBy: (version: string) => string[] }) {
  const served = moves.flatMap((move) => servedBy(move.version).map((endpoint) => ({ endpoint, version: move.version })));
  if (served.length === 0) return null;
  return (
    <p className="note">
      {served.map((one) => `Endpoint ${one.endpoint} goes on serving version ${one.version}.`).join(" ")} A change of
      stage does not deploy.
    </p>
  );
}

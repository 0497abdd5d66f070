import { useState } from "react";
import { call } from "../../api/client";
import { comparedMax } from "../../api/queries";
import { invalidate } from "../../api/query";
import { places } from "../../places";
import { Link } from "../../router";
import { useAct } from "../../ui/act";
import { ErrorNote } from "../../ui/basics";
import { ConfirmDialog } from "../../ui/confirm";
import { toast } from "../../ui/toast";
import { eachRun, refusalText, runsText } from "./each-run";
import type { RunSelection } from "./RunsTable";

const removeRun = (id: string) => call("POST /api/2.0/mlflow/runs/delete", { body: { run_id: id } });
const restoreRun = (id: string) => call("POST /api/2.0/mlflow/runs/restore", { body: { run_id: id } });

/** Sets a tag of the runs that are chosen. */
function TagDialog({ count, onSet, onClose }: {
  count: number;
  onSet: (key: string, value: string) => Promise<unknown>;
  onClose: () => void;
}) {
  const [key, setKey] = useState("");
  const [value, setValue] = useState("");
  return (
    <ConfirmDialog
      title="Set a tag"
      question={`Set a tag of ${runsText(count)}?`}
      confirm="Set tag"
      onConfirm={() => onSet(key.trim(), value)}
      onClose={onClose}
    >
      <label className="field">
        <span>Name</span>
        <input autoFocus required value={key} onChange={(event) => setKey(event.target.value)} />
      </label>
      <label className="field">
        <span>Value</span>
        <input value={value} onChange={(event) => setValue(event.target.value)} />
      </label>
      <p className="note">Where a run has a tag of that name, its value is replaced.</p>
    </ConfirmDialog>
  );
}

/** What is said after runs were deleted, with the way back. */
function Undo({ count, onUndo, onClose }: {
  count: number;
  onUndo: () => Promise<unknown>;
  onClose: () => void;
}) {
  const { busy, error, act } = useAct();
  const back = () =>
    act(async () => {
      await onUndo();
      onClose();
    });
  return (
    <div className="selection-bar" role="group" aria-label="Deleted runs">
      <span role="status">{count === 1 ? "1 run is deleted." : `${count} runs are deleted.`}</span>
      <button type="button" disabled={busy} onClick={() => void back()}>Undo</button>
      <button type="button" disabled={busy} onClick={onClose}>Close</button>
      {error && <ErrorNote error={error} />}
    </div>
  );
}

/** What can be done with the runs that are chosen, which are deleted ones where `areDeleted`. */
export function SelectionBar({ experimentId, selection, areDeleted }: {
  experimentId: string;
  selection: RunSelection;
  areDeleted: boolean;
}) {
  const [asking, setAsking] = useState<"tag" | "delete" | "restore">();
  const [deleted, setDeleted] = useState<readonly string[]>([]);
  const ids = [...selection.ids];

  /** Acts on the runs and tells what was done. Throws when some were refused. */
  const actOn = async (runs: readonly string[], act: (id: string) => Promise<unknown>, word: string) => {
    const outcome = await eachRun(runs, act);
    invalidate([`experiment:${experimentId}`, ...outcome.done.map((id) => `run:${id}`)]);
    if (outcome.done.length > 0) toast(`${runsText(outcome.done.length)} ${word}.`);
    return outcome;
  };
  const refuse = (outcome: Awaited<ReturnType<typeof actOn>>) => {
    const text = refusalText(outcome);
    if (text) throw new Error(text);
  };
  const tag = async (key: string, value: string) => {
    const setTag = (id: string) => call("POST /api/2.0/mlflow/runs/set-tag", { body: { run_id: id, key, value } });
    refuse(await actOn(ids, setTag, "tagged"));
  };
  const remove = async () => {
    const outcome = await actOn(ids, removeRun, "deleted");
    // What is refused stays chosen, so that it can be tried again.
    selection.toggle(outcome.done, false);
    setDeleted([...deleted, ...outcome.done]);
    refuse(outcome);
  };
  const restore = async () => {
    const outcome = await actOn(ids, restoreRun, "restored");
    selection.toggle(outcome.done, false);
    refuse(outcome);
  };
  /** Leaves the selection alone: what was deleted is not in it, and the page may be at another experiment by then. */
  const undo = async () => refuse(await actOn(deleted, restoreRun, "restored"));
  const close = () => setAsking(undefined);

  return (
    <>
      {deleted.length > 0 && <Undo count={deleted.length} onUndo={undo} onClose={() => setDeleted([])} />}
      {ids.length > 0 && (
        <div className="selection-bar" role="group" aria-label="Selected runs">
          <span role="status">{ids.length} selected</span>
          <Link className="button primary" href={places.compare(ids)} data-compare title="Compare (c)">
            Compare
          </Link>
          {ids.length > comparedMax && <span className="note">the first {comparedMax}</span>}
          {areDeleted ? (
            <button type="button" onClick={() => setAsking("restore")}>Restore…</button>
          ) : (
            <>
              <button type="button" onClick={() => setAsking("tag")}>Set tag…</button>
              <button type="button" onClick={() => setAsking("delete")}>Delete…</button>
            </>
          )}
          <button type="button" onClick={() => selection.toggle(ids, false)}>Clear</button>
        </div>
      )}
      {asking === "tag" && <TagDialog count={ids.length} onSet={tag} onClose={close} />}
      {asking === "delete" && (
        <ConfirmDialog
          title="Delete runs"
          question={`Delete ${runsText(ids.length)}?`}
          confirm="Delete"
          onConfirm={remove}
          onClose={close}
        >
          <p>
            Deleted runs leave the lists, and can be restored among the deleted ones: values and files stay. So do runs
            that are nested in them.
          </p>
        </ConfirmDialog>
      )}
      {asking === "restore" && (
        <ConfirmDialog
          title="Restore runs"
          question={`Restore ${runsText(ids.length)}?`}
          confirm="Restore"
          onConfirm={restore}
          onClose={close}
        >
          <p>Restored runs are among the experiment's runs again, with their values and files.</p>
        </ConfirmDialog>
      )}
    </>
  );
}

import { useState } from "react";
import { call } from "../../api/client";
import { invalidate } from "../../api/query";
import { places } from "../../places";
import { Link } from "../../router";
import { ConfirmDialog } from "../../ui/confirm";
import { toast } from "../../ui/toast";
import type { RunView } from "./runs";

/** What can be done with a run: compare it with others, delete it, take it back. */
export function RunActions({ run }: { run: RunView }) {
  const [asking, setAsking] = useState(false);
  const changed = (text: string) => {
    invalidate([`run:${run.id}`, `experiment:${run.experimentId}`]);
    toast(text);
  };
  const remove = async () => {
    await call("POST /api/2.0/mlflow/runs/delete", { body: { run_id: run.id } });
    changed(`${run.name} is deleted.`);
  };
  const restore = async () => {
    try {
      await call("POST /api/2.0/mlflow/runs/restore", { body: { run_id: run.id } });
      changed(`${run.name} is back.`);
    } catch (failure) {
      toast((failure as Error).message, { bad: true });
    }
  };
  return (
    <>
      <Link className="button" href={`${places.experiment(run.experimentId)}?select=${run.id}`}>Compare with…</Link>
      <Link className="button" href={places.lineage("run", run.id)}>Lineage</Link>
      {run.deleted ? (
        <button type="button" onClick={() => void restore()}>Restore</button>
      ) : (
        <button type="button" onClick={() => setAsking(true)}>Delete…</button>
      )}
      {asking && (
        <ConfirmDialog
          title={`Delete ${run.name}`}
          question={`Delete ${run.name}?`}
          confirm="Delete"
          onConfirm={remove}
          onClose={() => setAsking(false)}
        >
          <p>It leaves the lists of runs. Its values and files stay, and it can be restored on this page.</p>
        </ConfirmDialog>
      )}
    </>
  );
}

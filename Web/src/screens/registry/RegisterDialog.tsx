import { useId, useState } from "react";
import { ApiError, call } from "../../api/client";
import { modelsQuery } from "../../api/queries";
import { invalidate } from "../../api/query";
import { useFound } from "../../api/useFound";
import { places } from "../../places";
import { navigate } from "../../router";
import { ConfirmDialog } from "../../ui/confirm";
import { toast } from "../../ui/toast";

const offeredMax = 100;

/** Files that can be registered as a version of a model, and where they came from. */
export interface Registrable {
  source: string;
  runId?: string | undefined;
  modelId?: string | undefined;
}

async function createModel(name: string): Promise<void> {
  try {
    await call("POST /api/2.0/mlflow/registered-models/create", { body: { name } });
  } catch (failure) {
    // Somebody else was quicker.
    if (!(failure instanceof ApiError && failure.code === "RESOURCE_ALREADY_EXISTS")) throw failure;
  }
}

/** Registers files as the next version of a model, which is made where it is not there. */
export function RegisterDialog({ files, onClose }: { files: Registrable; onClose: () => void }) {
  const [text, setText] = useState("");
  const listId = useId();
  const name = text.trim();
  const { value } = useFound(modelsQuery, name);
  const isThere = value?.items.some((model) => model.name === name) ?? false;
  const register = async () => {
    if (!isThere) await createModel(name);
    const body = {
      name,
      source: files.source,
      ...(files.runId ? { run_id: files.runId } : {}),
      ...(files.modelId ? { model_id: files.modelId } : {}),
    };
    const { model_version } = await call("POST /api/2.0/mlflow/model-versions/create", { body });
    const version = model_version?.version ?? "";
    invalidate(["models"]);
    toast(`Version ${version} of ${name} is registered.`);
    navigate(places.version(name, version));
  };
  return (
    <ConfirmDialog
      title="Register a model"
      question="Register this model?"
      confirm="Register"
      onConfirm={register}
      onClose={onClose}
    >
      <label className="field">
        <span>Model</span>
        <input autoFocus required list={listId} value={text} onChange={(event) => setText(event.target.value)} />
      </label>
      <datalist id={listId}>
        {value?.items.slice(0, offeredMax).map((model) => <option key={model.name} value={model.name} />)}
      </datalist>
      <p className="note">
        {isThere ? `It becomes the next version of ${name}.` : "A model of a new name is made, with this as version 1."}
        {" "}Its files are <span className="mono wrap-anywhere">{files.source}</span>.
      </p>
    </ConfirmDialog>
  );
}

/** The button that asks to register files. */
export function RegisterButton({ files, label }: { files: Registrable; label?: string }) {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <button type="button" aria-label={label} onClick={() => setAsking(true)}>Register…</button>
      {asking && <RegisterDialog files={files} onClose={() => setAsking(false)} />}
    </>
  );
}

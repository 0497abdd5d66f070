import { useState } from "react";
import { call } from "../../api/client";
import { invalidate } from "../../api/query";
import type { RegisteredModel } from "../../api/schema";
import { useAct } from "../../ui/act";
import { ErrorNote, Panel } from "../../ui/basics";
import { ConfirmDialog } from "../../ui/confirm";
import { Icon } from "../../ui/icon";
import { toast } from "../../ui/toast";
import { aliasesByVersion, holderOf } from "./versions";

/** The aliases of a version: one can be set, taken over from another version after a question, and removed. */
export function Aliases({ model, version }: { model: RegisteredModel; version: string }) {
  const name = model.name ?? "";
  const [text, setText] = useState("");
  const [taking, setTaking] = useState<{ alias: string; from: string }>();
  const { busy, error, act } = useAct();
  const aliases = aliasesByVersion(model).get(version) ?? [];

  const put = async (alias: string) => {
    await call("POST /api/2.0/mlflow/registered-models/alias", { body: { name, alias, version } });
    invalidate(["models"]);
    toast(`${alias} is version ${version} of ${name}.`);
    setText("");
  };
  const remove = async (alias: string) => {
    await call("DELETE /api/2.0/mlflow/registered-models/alias", { body: { name, alias } });
    invalidate(["models"]);
    toast(`${name} has no alias ${alias} any more.`);
  };
  const submit = () => {
    const alias = text.trim();
    const from = holderOf(model, alias);
    if (from !== undefined && from !== version) setTaking({ alias, from });
    else void act(() => put(alias));
  };
  return (
    <Panel title="Aliases">
      <div className="panel-body">
        {error && <ErrorNote error={error} />}
        {aliases.length > 0 && (
          <ul className="chips alias-list">
            {aliases.map((alias) => (
              <li key={alias} className="chip">
                {alias}
                <button
                  type="button"
                  className="icon-button tag-remove"
                  aria-label={`Remove alias ${alias}`}
                  title="Remove"
                  disabled={busy}
                  onClick={() => void act(() => remove(alias))}
                >
                  <Icon name="close" />
                </button>
              </li>
            ))}
          </ul>
        )}
        <form
          className="alias-form"
          onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}
        >
          <input
            aria-label="New alias"
            placeholder="champion"
            required
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          <button type="submit" disabled={busy}>Set alias</button>
        </form>
      </div>
      {taking && (
        <ConfirmDialog
          title={`Move alias ${taking.alias}`}
          question={`Move ${taking.alias} to version ${version}?`}
          confirm="Move alias"
          onConfirm={() => put(taking.alias)}
          onClose={() => setTaking(undefined)}
        >
          <p>It is version {taking.from} now. Whoever loads {name}@{taking.alias} gets version {version} from then on.</p>
        </ConfirmDialog>
      )}
    </Panel>
  );
}

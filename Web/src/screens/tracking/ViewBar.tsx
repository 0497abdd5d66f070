import { useState } from "react";
import { call } from "../../api/client";
import { invalidate } from "../../api/query";
import type { Experiment } from "../../api/schema";
import { places } from "../../places";
import { Link, navigate, urlWith, usePlace } from "../../router";
import { ConfirmDialog } from "../../ui/confirm";
import { Icon } from "../../ui/icon";
import { toast } from "../../ui/toast";
import { viewTag, viewText, viewsOf, type SavedView } from "./views";

const nameMax = 100;

const viewParam = (view: SavedView) => ["view", view.name];

function SaveDialog({ experimentId, views, name: given, text, onClose }: {
  experimentId: string;
  views: readonly SavedView[];
  name: string;
  text: string;
  onClose: () => void;
}) {
  const [name, setName] = useState(given);
  const trimmed = name.trim();
  const replaces = views.some((view) => view.name === trimmed);
  const save = async () => {
    const body = { experiment_id: experimentId, key: viewTag(trimmed), value: text };
    await call("POST /api/2.0/mlflow/experiments/set-experiment-tag", { body });
    invalidate([`experiment:${experimentId}`]);
    navigate(urlWith({ view: trimmed }), { replace: true });
    toast(`View ${trimmed} is saved.`);
  };
  return (
    <ConfirmDialog
      title="Save view"
      question="Save this view of the runs?"
      confirm={replaces ? "Replace" : "Save"}
      onConfirm={save}
      onClose={onClose}
    >
      <label className="field">
        <span>Name</span>
        <input
          autoFocus
          required
          maxLength={nameMax}
          pattern="[A-Za-z0-9_ .:\/\-]+"
          title="Letters, digits, spaces and . _ - : /"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </label>
      <p className="note">
        It keeps which runs are shown, the filter, the groups, the order and the columns, for all who see the
        experiment: it is the experiment's tag <span className="mono wrap-anywhere">{viewTag(trimmed || "NAME")}</span>.
        {replaces && " It takes the place of the view of that name."}
      </p>
    </ConfirmDialog>
  );
}

function DeleteDialog({ experimentId, name, onClose }: { experimentId: string; name: string; onClose: () => void }) {
  const remove = async () => {
    const body = { experiment_id: experimentId, key: viewTag(name) };
    await call("POST /api/2.0/mlflow/experiments/delete-experiment-tag", { body });
    invalidate([`experiment:${experimentId}`]);
    navigate(urlWith({ view: undefined }), { replace: true });
  };
  return (
    <ConfirmDialog
      title={`Delete view ${name}`}
      question={`Delete the view ${name}?`}
      confirm="Delete"
      onConfirm={remove}
      onClose={onClose}
    >
      <p>It goes for all who see the experiment. The runs stay as they are.</p>
    </ConfirmDialog>
  );
}

/** The saved views of an experiment, and the way to save what is on the screen as one. */
export function ViewBar({ experiment }: { experiment: Experiment }) {
  const [asking, setAsking] = useState<"save" | "delete">();
  const { search } = usePlace();
  const id = experiment.experiment_id ?? "";
  const views = viewsOf(experiment.tags ?? []);
  const text = viewText(search);
  const opened = new URLSearchParams(search).get("view");
  const current = views.find((view) => view.name === opened);
  if (views.length === 0 && text === "") return null;
  const isChanged = current !== undefined && current.text !== text;
  const close = () => setAsking(undefined);
  const placeOf = (view: SavedView) =>
    `${places.experiment(id)}?${new URLSearchParams([...new URLSearchParams(view.text), viewParam(view)])}`;
  return (
    <nav className="view-bar" aria-label="Views">
      <div className="view-list">
        <Link href={places.experiment(id)} aria-current={!current && text === "" ? "page" : undefined}>All</Link>
        {views.map((view) => (
          <Link key={view.name} href={placeOf(view)} aria-current={view === current ? "page" : undefined}>
            <span className="cell-clip" title={view.name}>{view.name}</span>
            {view === current && isChanged && <span className="quiet"> changed</span>}
          </Link>
        ))}
      </div>
      {text !== "" && (!current || isChanged) && (
        <button type="button" onClick={() => setAsking("save")}>Save view…</button>
      )}
      {current && (
        <button
          type="button"
          className="icon-button"
          aria-label={`Delete view ${current.name}`}
          title="Delete this view"
          onClick={() => setAsking("delete")}
        >
          <Icon name="close" />
        </button>
      )}
      {asking === "save" && (
        <SaveDialog experimentId={id} views={views} name={current?.name ?? ""} text={text} onClose={close} />
      )}
      {asking === "delete" && current && <DeleteDialog experimentId={id} name={current.name} onClose={close} />}
    </nav>
  );
}

import { useState } from "react";
import { call } from "../../api/client";
import { invalidate } from "../../api/query";
import { Panel } from "../../ui/basics";
import { ConfirmDialog } from "../../ui/confirm";
import { Icon } from "../../ui/icon";
import { toast } from "../../ui/toast";

/** Says of a model, or of a version of one, that it is protected. */
export function ProtectedMark() {
  return (
    <span className="protected" title="Stages change by approved requests alone.">
      <Icon name="lock" /> protected
    </span>
  );
}

/** Asks whether a model shall be protected, or no longer: what was asked stays, whatever others do meanwhile. */
function SwitchDialog({ name, protect, waiting, onClose }: {
  name: string;
  protect: boolean;
  waiting: string;
  onClose: () => void;
}) {
  const act = protect ? "Protect" : "Lift the protection";
  const confirm = async () => {
    await call("PUT /api/v1/registry/models/{name}/protection", { path: { name }, body: { protected: protect } });
    invalidate(["models"]);
    toast(protect ? `${name} is protected.` : `${name} is not protected any more.`);
  };
  return (
    <ConfirmDialog
      title={protect ? `Protect ${name}` : `Lift the protection of ${name}`}
      question={protect ? `Protect ${name}?` : `Lift the protection of ${name}?`}
      confirm={act}
      onConfirm={confirm}
      onClose={onClose}
    >
      {protect ? (
        <p>
          From then on a version changes its stage only when one person asks for it and another approves. A move without
          a request is refused, from here, from MLflow&apos;s client and from the command line.
        </p>
      ) : (
        <p>From then on anybody can move its versions to any stage at once, without asking.</p>
      )}
      {waiting && <p className="note">Requests that wait stay: {waiting}. They can be decided all the same.</p>}
    </ConfirmDialog>
  );
}

/** Whether a model is protected, what that means and for whom, and the way to change it. */
export function Protection({ name, isProtected, waiting }: { name: string; isProtected: boolean; waiting: string }) {
  const [asking, setAsking] = useState<boolean>();
  return (
    <Panel
      title="Protection"
      note={isProtected ? <ProtectedMark /> : "not protected"}
      actions={
        <button type="button" onClick={() => setAsking(!isProtected)}>{isProtected ? "Lift protection…" : "Protect…"}</button>
      }
    >
      <div className="panel-body">
        {isProtected ? (
          <p>
            The stages of all its versions change by approved transition requests alone. Anybody may ask; anybody but
            the one who asked may approve.
          </p>
        ) : (
          <p>Anybody can move its versions to any stage at once. A transition request can be made all the same.</p>
        )}
        <p className="note">Whoever may use this server may switch this. The audit trail says who did.</p>
      </div>
      {asking !== undefined && (
        <SwitchDialog name={name} protect={asking} waiting={waiting} onClose={() => setAsking(undefined)} />
      )}
    </Panel>
  );
}

import { useState } from "react";
import { call } from "../../api/client";
import { invalidate } from "../../api/query";
import type { Caller, Protection as ProtectionState } from "../../api/schema";
import { Panel } from "../../ui/basics";
import { ConfirmDialog } from "../../ui/confirm";
import { Icon } from "../../ui/icon";
import { Age } from "../../ui/now";
import { toast } from "../../ui/toast";
import { protectionActs, type ProtectionAct } from "./protection-acts";

/** Says of a model, or of a version of one, that it is protected. */
export function ProtectedMark() {
  return (
    <span className="protected" title="Stages change by approved requests alone.">
      <Icon name="lock" /> protected
    </span>
  );
}

/** How each act is put: on its button, as a question, and on the button that does it. */
const words: Record<ProtectionAct, { button: string; title: string; confirm: string }> = {
  protect: { button: "Protect…", title: "Protect", confirm: "Protect" },
  ask: { button: "Lift protection…", title: "Ask to lift the protection of", confirm: "Ask for it" },
  agree: { button: "Agree to lift…", title: "Lift the protection of", confirm: "Lift the protection" },
  keep: { button: "Keep protection…", title: "Keep the protection of", confirm: "Keep it" },
};

const consequences: Record<ProtectionAct, string> = {
  protect:
    "From then on a version changes its stage only when one person asks for it and another approves. A move without " +
    "a request is refused, from here, from MLflow's client and from the command line. The model can be neither " +
    "renamed nor deleted.",
  ask:
    "The model stays protected until somebody else agrees. From then on anybody can move its versions to any stage " +
    "at once, without asking.",
  agree: "From then on anybody can move its versions to any stage at once, without asking.",
  keep: "The wish to lift it is gone then. Anybody can ask again.",
};

/** Asks whether something shall be done about a protection: what was asked stays, whatever others do meanwhile. */
function ActDialog({ name, act, waiting, onClose }: {
  name: string;
  act: ProtectionAct;
  waiting: string;
  onClose: () => void;
}) {
  const confirm = async () => {
    const body = { protected: act === "protect" || act === "keep" };
    const after = await call("PUT /api/v1/registry/models/{name}/protection", { path: { name }, body });
    invalidate(["models"]);
    if (!after.protected) toast(`${name} is not protected any more.`);
    else toast(after.lift_requested_by ? `${name} is protected until somebody else agrees.` : `${name} is protected.`);
  };
  return (
    <ConfirmDialog
      title={`${words[act].title} ${name}`}
      question={`${words[act].title} ${name}?`}
      confirm={words[act].confirm}
      onConfirm={confirm}
      onClose={onClose}
    >
      <p>{consequences[act]}</p>
      {waiting && <p className="note">Requests that wait stay: {waiting}. They can be decided all the same.</p>}
    </ConfirmDialog>
  );
}

/** Whether a model is protected, what that means and for whom, and the way to change it. */
export function Protection({ name, state, caller, waiting }: {
  name: string;
  state: ProtectionState;
  caller: Caller | undefined;
  waiting: string;
}) {
  const [asking, setAsking] = useState<ProtectionAct>();
  const [main, other] = protectionActs(state, caller);
  const wished = state.lift_requested_by;
  const isNameless = caller !== undefined && wished === caller.name && !caller.has_token;
  return (
    <Panel
      title="Protection"
      note={state.protected ? <ProtectedMark /> : "not protected"}
      actions={
        <>
          {main && <button type="button" onClick={() => setAsking(main)}>{words[main].button}</button>}
          {other && <button type="button" onClick={() => setAsking(other)}>{words[other].button}</button>}
        </>
      }
    >
      <div className="panel-body">
        {state.protected ? (
          <p>
            The stages of all its versions change by approved transition requests alone. Anybody may ask; anybody but
            the one who asked may approve.
          </p>
        ) : (
          <p>Anybody can move its versions to any stage at once. A transition request can be made all the same.</p>
        )}
        {wished !== undefined && (
          <p>
            {wished} asked <Age at={state.lift_requested_at} /> to lift the protection. Somebody else must agree
            {isNameless && ", with a token of his own: all who come without one count as one person"}.
          </p>
        )}
        <p className="note">
          Whoever may use this server may protect a model; two people lift the protection. The audit trail says who did.
        </p>
      </div>
      {asking && <ActDialog name={name} act={asking} waiting={waiting} onClose={() => setAsking(undefined)} />}
    </Panel>
  );
}

import { useState } from "react";
import { call } from "../../api/client";
import { versionsQuery } from "../../api/queries";
import { hasSettled, invalidate, useQuery } from "../../api/query";
import type { Endpoint } from "../../api/schema";
import { useAct } from "../../ui/act";
import { ErrorNote, Loading } from "../../ui/basics";
import { Dialog } from "../../ui/dialog";
import { toast } from "../../ui/toast";
import { policyNames } from "./rollout-text";
import { choicesOf, consequence, draftOf, fieldOf, requestOf, type Choice, type Policy } from "./traffic-draft";
import { Members, PolicyFields } from "./TrafficFields";

function TrafficForm({ endpoint, choices, onClose }: { endpoint: Endpoint; choices: Choice[]; onClose: () => void }) {
  const [draft, setDraft] = useState(() => draftOf(endpoint, choices));
  const { busy, error, act } = useAct();
  const field = fieldOf(error);
  const editing = {
    draft,
    change: (part: Partial<typeof draft>) => setDraft((old) => ({ ...old, ...part })),
    refused: { field, message: error?.message ?? "" },
  };
  const choosePolicy = (policy: Policy) => {
    const spare = choices.find((one) => one.id !== draft.members[0]?.choice) ?? choices[0];
    const missing = policy !== "single" && draft.members.length < 2 && spare;
    editing.change({ policy, members: missing ? [...draft.members, { choice: spare.id, weight: "1" }] : draft.members });
  };
  const send = async () => {
    const body = requestOf(draft, endpoint, choices);
    await call("PUT /api/v1/mlflow/serving/endpoints/{name}/traffic", { path: { name: endpoint.name }, body });
    invalidate(["endpoints"]);
    toast(`The traffic of ${endpoint.name} is shared out anew.`);
    onClose();
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void act(send);
      }}
    >
      <h2>Traffic of {endpoint.name}</h2>
      <label className="field">
        <span>Policy</span>
        <select autoFocus value={draft.policy} onChange={(event) => choosePolicy(event.target.value as Policy)}>
          {(Object.entries(policyNames) as [Policy, string][]).map(([policy, name]) => (
            <option key={policy} value={policy}>{name}</option>
          ))}
        </select>
      </label>
      <Members editing={editing} choices={choices} />
      <PolicyFields editing={editing} />
      <p className="note consequence" role="status">{consequence(draft, choices)}</p>
      {error && field === undefined && <ErrorNote error={error} />}
      <div className="dialog-actions">
        <button type="button" onClick={onClose}>Cancel</button>
        <button type="submit" className="primary" disabled={busy}>Share out</button>
      </div>
    </form>
  );
}

/** Changes how an endpoint's requests are shared out. It stays open when the server refuses, and says which field. */
export default function TrafficDialog({ endpoint, onClose }: { endpoint: Endpoint; onClose: () => void }) {
  // The endpoint as it was when the dialog opened: what is being written must not move.
  const [opened] = useState(endpoint);
  const versions = useQuery(versionsQuery(opened.model_name));
  const [read, setRead] = useState(versions.value);
  if (!read && versions.value) setRead(versions.value);
  return (
    <Dialog title={`Edit the traffic of ${opened.name}`} onClose={onClose} className="traffic-dialog">
      {versions.error && !read && <ErrorNote error={versions.error} retry={versions.reload} />}
      {!read && !hasSettled(versions) && <Loading />}
      {read && <TrafficForm endpoint={opened} choices={choicesOf(opened, read)} onClose={onClose} />}
    </Dialog>
  );
}

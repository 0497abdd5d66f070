import { useState } from "react";
import { call } from "../../api/client";
import { invalidate } from "../../api/query";
import type { Endpoint } from "../../api/schema";
import { places } from "../../places";
import { navigate } from "../../router";
import { ConfirmDialog } from "../../ui/confirm";
import { toast } from "../../ui/toast";

/** Asks before a version is served, and says what the endpoint serves now. */
export function DeployDialog({ name, version, endpoints, onClose }: {
  name: string;
  version: string;
  endpoints: Endpoint[];
  onClose: () => void;
}) {
  const [endpoint, setEndpoint] = useState(name);
  const current = endpoints.find((one) => one.name === endpoint.trim());

  const confirm = async () => {
    const body = { model_name: name, version, endpoint: endpoint.trim() || name };
    const deployed = await call("POST /api/v1/mlflow/serving/deploy", { body });
    invalidate(["endpoints"]);
    toast(`${deployed.name} serves version ${deployed.model_version} of ${deployed.model_name}.`);
    navigate(places.serving(deployed.name));
  };
  return (
    <ConfirmDialog
      title={`Deploy version ${version}`}
      question={`Deploy version ${version} of ${name}?`}
      confirm="Deploy"
      onConfirm={confirm}
      onClose={onClose}
    >
      <label className="field">
        <span>Endpoint</span>
        <input value={endpoint} required onChange={(event) => setEndpoint(event.target.value)} />
      </label>
      <p className="note">
        {current
          ? `${current.name} serves version ${current.model_version} of ${current.model_name} now; it moves to version ${version}.`
          : "There is no such endpoint; it is made."}
      </p>
    </ConfirmDialog>
  );
}

import { useState } from "react";
import { call } from "../../api/client";
import { invalidate } from "../../api/query";
import type { Endpoint } from "../../api/schema";
import { places } from "../../places";
import { navigate } from "../../router";
import { ConfirmDialog } from "../../ui/confirm";
import { toast } from "../../ui/toast";

/** Asks before an endpoint is taken away. `onLeaving` is told when that begins, and when it was refused. */
export function UndeployDialog({ endpoint, onLeaving, onClose }: {
  endpoint: Endpoint;
  onLeaving: (leaving: boolean) => void;
  onClose: () => void;
}) {
  const confirm = async () => {
    onLeaving(true);
    try {
      await call("DELETE /api/v1/mlflow/serving/endpoints/{name}", { path: { name: endpoint.name } });
    } catch (refusal) {
      onLeaving(false);
      throw refusal;
    }
    invalidate(["endpoints"]);
    toast(`${endpoint.name} serves no more.`);
    navigate(places.serving(), { replace: true });
  };
  return (
    <ConfirmDialog
      title={`Undeploy ${endpoint.name}`}
      question={`Undeploy ${endpoint.name}?`}
      confirm="Undeploy"
      onConfirm={confirm}
      onClose={onClose}
    >
      <p>
        Requests to it will be refused. Version {endpoint.model_version} of {endpoint.model_name} stays registered, and
        can be deployed again.
      </p>
    </ConfirmDialog>
  );
}

/** Asks before an endpoint goes back to what it served before, and says what that is. */
export function RollbackDialog({ endpoint, onClose }: { endpoint: Endpoint; onClose: () => void }) {
  // As it was when it was asked about: once it has gone back, what it served before is what it serves now.
  const [opened] = useState(endpoint);
  const variants = opened.previous?.variants ?? [];
  const before = variants.map((one) => `version ${one.model_version} of ${one.model_name}`).join(" and ");
  const confirm = async () => {
    await call("POST /api/v1/mlflow/serving/endpoints/{name}/rollback", { path: { name: endpoint.name } });
    invalidate(["endpoints"]);
    toast(`${endpoint.name} serves ${before} again.`);
  };
  return (
    <ConfirmDialog
      title={`Roll back ${endpoint.name}`}
      question={`Roll back ${endpoint.name}?`}
      confirm="Roll back"
      onConfirm={confirm}
      onClose={onClose}
    >
      <p>
        It will serve {before} again, at once and without a deployment. Rolling back once more goes on to what was
        served before that; to come back to what is served now, deploy it.
      </p>
    </ConfirmDialog>
  );
}

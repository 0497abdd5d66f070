import type { Activity } from "../../api/schema";
import { places } from "../../places";

const verbs: Record<string, string> = {
  "experiment.created": "created experiment",
  "experiment.renamed": "renamed experiment",
  "experiment.deleted": "deleted experiment",
  "experiment.restored": "restored experiment",
  "run.created": "started run",
  "run.updated": "changed run",
  "run.finished": "finished run",
  "run.deleted": "deleted run",
  "run.restored": "restored run",
  "run.purged": "removed for good run",
  "experiment.purged": "removed for good experiment",
  "experiment.traces_deleted": "deleted traces of experiment",
  "experiment.traces_purged": "removed for good traces of experiment",
  "logged_model.purged": "removed for good logged model",
  "artifact.purged": "removed for good",
  "registered_model.created": "created model",
  "registered_model.updated": "changed model",
  "registered_model.renamed": "renamed model",
  "registered_model.deleted": "deleted model",
  "model_version.created": "registered",
  "model_version.updated": "changed",
  "model_version.transitioned": "moved",
  "model_version.deleted": "deleted",
  "model_version.pinned": "pinned the files of",
  "model_version.pin_failed": "could not pin the files of",
  "model_version.pin_requested": "asked for the pin of",
  "model_version.alias_set": "set an alias of",
  "model_version.alias_deleted": "removed an alias of",
  "transition_request.created": "asked for a transition of",
  "transition_request.commented": "commented on a transition of",
  "transition_request.approved": "approved a transition of",
  "transition_request.rejected": "rejected a transition of",
  "endpoint.deployed": "deployed",
  "endpoint.undeployed": "undeployed",
  "endpoint.contract_set": "set the contract of",
  "endpoint.contract_removed": "removed the contract of",
  "endpoint.traffic_changed": "changed the traffic of",
  "endpoint.rolled_back": "rolled back",
  "endpoint.canary_advanced": "gave more traffic to the canary of",
  "endpoint.canary_promoted": "promoted the canary of",
  "endpoint.canary_rolled_back": "rolled back the canary of",
  "prediction_set.created": "predicted a file with",
  "reference.captured": "captured the reference of",
  "drift.checked": "checked drift of",
  "alert.opened": "opened an alert on",
  "alert.acknowledged": "acknowledged an alert on",
  "webhook.created": "made webhook",
  "webhook.updated": "changed webhook",
  "webhook.deleted": "deleted webhook",
};

export interface ActivityText {
  actor: string;
  verb: string;
  subject: string;
  /** More that the details say, "" when nothing. */
  more: string;
  href: string | undefined;
}

function text(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** A name for the subject, as the details give it, or else its id; run ids are cut. */
function subjectName(activity: Activity): string {
  const details = activity.details ?? {};
  const [, model, number] = /^(.*)\/(\d+)$/.exec(activity.subject_id) ?? [];
  if (activity.subject_kind === "model_version" && model) return `${model} ${number}`;
  if (activity.subject_kind === "transition_request") return `${text(details["model_name"])} ${text(details["version"])}`;
  const name = text(
    details["run_name"] ?? details["name"] ?? details["model_name"] ?? details["endpoint"] ?? details["experiment_name"],
  );
  if (activity.subject_kind === "endpoint") return text(details["endpoint"]) || activity.subject_id;
  if (name) return name;
  return /^[0-9a-f]{32}$/.test(activity.subject_id) ? activity.subject_id.slice(0, 8) : activity.subject_id;
}

function more(activity: Activity): string {
  const details = activity.details ?? {};
  const to = text(details["to"] ?? details["stage"] ?? details["to_stage"]);
  if ((activity.action === "model_version.transitioned" || activity.subject_kind === "transition_request") && to) return `to ${to}`;
  if (activity.action === "endpoint.deployed") {
    const version = text(details["model_version"] ?? details["version"]);
    const model = text(details["model_name"]);
    const other = model && model !== subjectName(activity) ? `${model} ` : "";
    return version ? `with ${other}version ${version}` : "";
  }
  const verdict = text(details["verdict"]);
  if (activity.action === "drift.checked" && verdict) return `verdict ${verdict}`;
  const status = text(details["status"]);
  if (activity.action === "run.finished" && status) return status === "FINISHED" ? "" : status.toLowerCase();
  const alias = text(details["alias"]);
  return alias ? `“${alias}”` : "";
}

function href(activity: Activity): string | undefined {
  const details = activity.details ?? {};
  const id = activity.subject_id;
  if (activity.action.endsWith(".purged")) return undefined;
  switch (activity.subject_kind) {
    case "experiment": return places.experiment(id);
    case "run": return places.run(id);
    case "registered_model": return places.model(id);
    case "model_version": {
      const [, model, version] = /^(.*)\/(\d+)$/.exec(id) ?? [];
      return model && version ? places.version(model, version) : undefined;
    }
    case "transition_request":
      return places.version(text(details["model_name"]), text(details["version"]), id);
    case "endpoint": return places.serving(id);
    case "alert":
    case "drift_report": return places.monitoring(text(details["endpoint"]) || undefined);
    case "webhook": return activity.action.endsWith(".deleted") ? undefined : places.webhook(id);
    default: return undefined;
  }
}

/** An activity as words, with the page of what it is about. */
export function activityText(activity: Activity): ActivityText {
  return {
    actor: activity.actor || "someone",
    verb: verbs[activity.action] ?? activity.action.replace(/[._]/g, " "),
    subject: subjectName(activity),
    more: more(activity),
    href: href(activity),
  };
}

import type { Activity } from "../../api/schema";
import { activityText } from "./activity-text";

/** What the list is narrowed to; "" leaves a part open. */
export interface ActivityFilter {
  text: string;
  kind: string;
  actor: string;
}

/** A kind of subject in words. */
export const kindName = (kind: string) => kind.replace(/_/g, " ");

/** The activities that answer the filter, in their order. Text is looked for in the words of the line and in ids. */
export function filtered(activities: readonly Activity[], filter: ActivityFilter): Activity[] {
  const wanted = filter.text.trim().toLowerCase();
  return activities.filter((activity) => {
    if (filter.kind && activity.subject_kind !== filter.kind) return false;
    if (filter.actor && activity.actor !== filter.actor) return false;
    if (!wanted) return true;
    const { actor, verb, subject, more } = activityText(activity);
    return `${actor} ${verb} ${subject} ${more} ${activity.action} ${activity.subject_id}`.toLowerCase().includes(wanted);
  });
}

/** The different values of a field, in order. */
export const valuesOf = (activities: readonly Activity[], field: "subject_kind" | "actor") =>
  [...new Set(activities.map((activity) => activity[field]))].filter(Boolean).sort();

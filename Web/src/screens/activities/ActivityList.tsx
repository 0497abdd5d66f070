import type { Activity } from "../../api/schema";
import { Link } from "../../router";
import { Age } from "../../ui/now";
import { activityText } from "./activity-text";

const succeeded = /^(ok|succeeded|success)$/i;

/** Activities, a line each: who did what to which, and when. */
export function ActivityList({ activities }: { activities: Activity[] }) {
  return (
    <ul className="list">
      {activities.map((activity) => {
        const text = activityText(activity);
        return (
          <li key={activity.sequence}>
            <span className="list-main">
              <span className="quiet">{text.actor} {text.verb}</span>{" "}
              {text.href ? <Link href={text.href} data-row-link>{text.subject}</Link> : text.subject}
              {text.more && <span className="quiet"> {text.more}</span>}
              {activity.outcome && !succeeded.test(activity.outcome) && (
                <span className="tone-bad"> {activity.outcome}</span>
              )}
            </span>
            <span className="list-side">
              <Age at={activity.at} />
            </span>
          </li>
        );
      })}
    </ul>
  );
}

import { activitiesQuery } from "../../api/queries";
import { useQuery } from "../../api/query";
import { Link } from "../../router";
import { ErrorNote, Loading } from "../../ui/basics";
import { Age } from "../../ui/now";
import { activityText } from "./activity-text";

/** The last things that were done, as they are done. */
export function Activities() {
  const { value, error } = useQuery(activitiesQuery(14));
  if (error && !value) return <div className="panel-body"><ErrorNote error={error} /></div>;
  if (!value) return <Loading />;
  if (value.length === 0) return <p className="panel-body quiet">Nothing has happened yet.</p>;
  return (
    <ul className="list">
      {value.map((activity) => {
        const text = activityText(activity);
        return (
          <li key={activity.sequence}>
            <span className="list-main">
              <span className="quiet">{text.actor} {text.verb}</span>{" "}
              {text.href ? <Link href={text.href}>{text.subject}</Link> : text.subject}
              {text.more && <span className="quiet"> {text.more}</span>}
              {activity.outcome && !/^(ok|succeeded|success)$/i.test(activity.outcome) && (
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

import { ApiError } from "../../api/client";
import { useQuery } from "../../api/query";
import { webhookQuery } from "../../api/webhooks";
import { places } from "../../places";
import { Link } from "../../router";
import { CopyButton, Empty, ErrorNote, Facts, Loading, Panel, ScreenHead } from "../../ui/basics";
import { Age } from "../../ui/now";
import { Deliveries } from "./Deliveries";
import { everyEvent } from "./fields";
import { WebhookState } from "./states";
import { WebhookActs } from "./WebhookActs";

/** One webhook: what it is told of, and what was sent to it. */
export default function WebhookScreen({ subject: id }: { subject: string }) {
  const { value: webhook, error, reload } = useQuery(webhookQuery(id));
  const isGone = error instanceof ApiError && error.status === 404;
  if (isGone || !webhook) {
    return (
      <>
        <ScreenHead title="Webhook" />
        {isGone && (
          <Empty title="There is no such webhook."><Link className="link" href={places.webhooks()}>All webhooks</Link></Empty>
        )}
        {error && !isGone && <ErrorNote error={error} retry={reload} />}
        {!error && <Loading />}
      </>
    );
  }
  return (
    <>
      <ScreenHead
        title={webhook.name}
        detail={
          <>
            <WebhookState webhook={webhook} />
            <span className="mono webhook-address">
              {webhook.url}
              <CopyButton text={webhook.url} label="Copy the URL" />
            </span>
            <Link className="link" href={places.webhooks()}>all webhooks</Link>
          </>
        }
      >
        <WebhookActs webhook={webhook} />
      </ScreenHead>
      {error && <ErrorNote error={error} retry={reload} />}
      <Panel title="About">
        <Facts
          facts={[
            ["Told of", (
              <span className="chips">
                {webhook.events.map((event) => (
                  <span key={event} className="chip">{event === everyEvent ? "every change" : event}</span>
                ))}
              </span>
            )],
            ["Signed", webhook.signed ? "with a secret" : "no"],
            ["Description", webhook.description || "—"],
            ["Made", <Age at={webhook.created_at} />],
            ["Changed", <Age at={webhook.updated_at} />],
          ]}
        />
      </Panel>
      <Deliveries webhook={webhook} />
    </>
  );
}

import { useState } from "react";
import { useQuery } from "../../api/query";
import type { Webhook } from "../../api/schema";
import { webhooksQuery } from "../../api/webhooks";
import { places } from "../../places";
import { Link } from "../../router";
import { Empty } from "../../ui/basics";
import { NamedList } from "../../ui/named-list";
import { Age } from "../../ui/now";
import { SortHead } from "../../ui/table";
import { eventsText } from "./fields";
import { LastDelivery, WebhookState } from "./states";
import { WebhookForm } from "./WebhookForm";

function Row({ webhook }: { webhook: Webhook }) {
  return (
    <tr>
      <th scope="row">
        <Link className="cell-name" href={places.webhook(webhook.id)} data-row-link>{webhook.name}</Link>
      </th>
      <td><WebhookState webhook={webhook} /></td>
      <td><LastDelivery delivery={webhook.last_delivery} /></td>
      <td title={webhook.events.join(", ")}>{eventsText(webhook.events)}</td>
      <td className="mono"><span className="cell-clip webhook-url" title={webhook.url}>{webhook.url}</span></td>
      <td><Age at={webhook.updated_at} /></td>
    </tr>
  );
}

/** Who is told of changes. */
export default function Webhooks(_: { subject: string }) {
  const answer = useQuery(webhooksQuery());
  const [making, setMaking] = useState(false);
  return (
    <>
      <NamedList
        title="Webhooks"
        actions={<button type="button" className="primary" onClick={() => setMaking(true)}>New webhook…</button>}
        answer={answer}
        nameOf={(one) => one.name}
        standardSort="name"
        sorts={{
          name: (one) => one.name.toLowerCase(),
          state: (one) => one.status,
          last: (one) => one.last_delivery?.created_at ?? 0,
          changed: (one) => one.updated_at,
        }}
        empty={
          <Empty title="Nobody is told yet">
            A webhook is an address that is told of changes as they happen: a promotion, a deployment, an alert.
          </Empty>
        }
        head={(sorting) => (
          <>
            <SortHead label="Name" sortKey="name" {...sorting} />
            <SortHead label="State" sortKey="state" {...sorting} />
            <SortHead label="Last delivery" sortKey="last" descendingFirst {...sorting} />
            <th scope="col">Told of</th>
            <th scope="col">URL</th>
            <SortHead label="Changed" sortKey="changed" descendingFirst {...sorting} />
          </>
        )}
        row={(webhook) => <Row key={webhook.id} webhook={webhook} />}
      />
      {making && <WebhookForm onClose={() => setMaking(false)} />}
    </>
  );
}

import { places } from "../../places";
import { Link } from "../../router";
import { ScreenHead } from "../../ui/basics";
import { Alerts } from "./Alerts";
import { Drift } from "./Drift";

/** Alerts, and the drift of the endpoints. */
export default function Monitoring(_: { subject: string }) {
  return (
    <>
      <ScreenHead title="Monitoring">
        <Link className="button" href={places.webhooks()}>Webhooks</Link>
      </ScreenHead>
      <Alerts />
      <Drift />
    </>
  );
}

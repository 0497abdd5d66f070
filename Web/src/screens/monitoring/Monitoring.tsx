import { ScreenHead } from "../../ui/basics";
import { Alerts } from "./Alerts";
import { Drift } from "./Drift";

/** Alerts, and the drift of the endpoints. */
export default function Monitoring(_: { subject: string }) {
  return (
    <>
      <ScreenHead title="Monitoring" />
      <Alerts />
      <Drift />
    </>
  );
}

import { useEffect, type ReactNode } from "react";
import { experimentQuery, runQuery } from "../api/queries";
import { useQuery } from "../api/query";
import { webhookQuery } from "../api/webhooks";
import { places, type Route } from "../places";
import { Link } from "../router";
import { thingName, thingPlace } from "../screens/lineage/things";

interface Crumb {
  label: string;
  href?: string;
}

/** The run whose lineage is shown. */
const lineageRun = (route: Route) => (route.screen === "lineage" && route.subject === "run" ? route.detail : undefined);

function useCrumbs(route: Route): Crumb[] {
  const runId = route.screen === "run" ? route.subject : lineageRun(route);
  const run = useQuery(runId ? runQuery(runId) : null).value;
  const experimentId = route.screen === "experiment" ? route.subject : run?.info?.experiment_id;
  const experiment = useQuery(experimentId ? experimentQuery(experimentId) : null).value;
  const webhook = useQuery(route.screen === "webhook" ? webhookQuery(route.subject) : null).value;
  const experimentName = experiment?.name ?? experimentId ?? "";

  switch (route.screen) {
    case "home": return [{ label: "Home" }];
    case "experiments": return [{ label: "Experiments" }];
    case "experiment": return [{ label: "Experiments", href: places.experiments() }, { label: experimentName }];
    case "run":
      return [
        { label: "Experiments", href: places.experiments() },
        ...(experimentId ? [{ label: experimentName, href: places.experiment(experimentId) }] : []),
        { label: run?.info?.run_name ?? route.subject },
      ];
    case "compare": return [{ label: "Experiments", href: places.experiments() }, { label: "Compare" }];
    case "models": return [{ label: "Models" }];
    case "model": return [{ label: "Models", href: places.models() }, { label: route.subject }];
    case "version":
    case "compareVersions":
      return [
        { label: "Models", href: places.models() },
        { label: route.subject, href: places.model(route.subject) },
        { label: route.screen === "version" ? `version ${route.detail}` : "Compare" },
      ];
    case "serving": return [{ label: "Serving" }];
    case "monitoring": return [{ label: "Monitoring" }];
    case "webhooks": return [{ label: "Monitoring", href: places.monitoring() }, { label: "Webhooks" }];
    case "webhook":
      return [
        { label: "Monitoring", href: places.monitoring() },
        { label: "Webhooks", href: places.webhooks() },
        { label: webhook?.name ?? route.subject },
      ];
    case "activities": return [{ label: "Activities" }];
    case "lineage":
      return [
        { label: run?.info?.run_name ?? thingName(route.subject, route.detail), href: thingPlace(route.subject, route.detail) },
        { label: "Lineage" },
      ];
    case "missing": return [{ label: "Not found" }];
  }
}

/** Where the reader is; also the title of the document. */
export function Crumbs({ route }: { route: Route }) {
  const crumbs = useCrumbs(route);
  const title = [...crumbs.map((crumb) => crumb.label).reverse(), "Martlet"].join(" · ");
  useEffect(() => {
    document.title = title;
  }, [title]);
  const shown = (crumb: Crumb): ReactNode =>
    crumb.href ? <Link href={crumb.href}>{crumb.label}</Link> : <span aria-current="page">{crumb.label}</span>;
  return (
    <nav className="crumbs" aria-label="Breadcrumbs">
      <ol>
        {crumbs.map((crumb, index) => (
          <li key={index}>{shown(crumb)}</li>
        ))}
      </ol>
    </nav>
  );
}

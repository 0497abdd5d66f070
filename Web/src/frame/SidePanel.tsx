import { experimentQuery, runQuery } from "../api/queries";
import { useQuery } from "../api/query";
import { places, type Route } from "../places";
import { Link, usePlace } from "../router";
import { Icon, type IconName } from "../ui/icon";
import { ExperimentsSection, ModelsSection, PageLink, RunsSection, ServingSection } from "./side-sections";

const icons: [IconName, string, string][] = [
  ["flask", "Experiments", places.experiments()],
  ["box", "Models", places.models()],
  ["bolt", "Serving", places.serving()],
  ["pulse", "Monitoring", places.monitoring()],
  ["send", "Webhooks", places.webhooks()],
];

/** The experiment that the page is about: its own, its run's, or the one looked at last. */
function useExperimentId(route: Route): string | undefined {
  const run = useQuery(route.screen === "run" ? runQuery(route.subject) : null).value;
  // An address may name an experiment that is not there.
  const named = useQuery(route.screen === "experiment" ? experimentQuery(route.subject) : null).value;
  const here = route.screen === "experiment" ? named?.experiment_id : run?.info?.experiment_id;
  if (here) sessionStorage.setItem("martlet.experiment", here);
  return here ?? sessionStorage.getItem("martlet.experiment") ?? undefined;
}

/** The left panel: the same data as the screens, as links. */
export function SidePanel({ route, folded, onFold }: { route: Route; folded: boolean; onFold: () => void }) {
  const { search } = usePlace();
  const experimentId = useExperimentId(route);
  const subjectOf = (screen: Route["screen"]) => (route.screen === screen ? route.subject : undefined);
  const endpoint = route.screen === "serving" ? new URLSearchParams(search).get("endpoint") ?? undefined : undefined;
  return (
    <nav className="side" aria-label="Resources">
      {folded ? (
        <div className="side-icons">
          {icons.map(([icon, label, href]) => (
            <Link key={label} href={href} aria-label={label} title={label}>
              <Icon name={icon} />
            </Link>
          ))}
        </div>
      ) : (
        <div className="side-scroll">
          <ExperimentsSection current={subjectOf("experiment") ?? (route.screen === "run" ? experimentId : undefined)} />
          <RunsSection experimentId={experimentId} current={subjectOf("run")} />
          <ModelsSection current={subjectOf("model") ?? subjectOf("version") ?? subjectOf("compareVersions")} />
          <ServingSection current={endpoint} />
          <PageLink title="Webhooks" icon="send" href={places.webhooks()} />
        </div>
      )}
      <div className="side-foot">
        <button
          type="button"
          className={folded ? "icon-button turned" : "icon-button"}
          aria-expanded={!folded}
          aria-label="Left panel"
          title="Fold or unfold ( [ )"
          onClick={onFold}
        >
          <Icon name="fold" />
        </button>
      </div>
    </nav>
  );
}

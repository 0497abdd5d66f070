import { Component, lazy, Suspense, useEffect, useRef, type ReactNode } from "react";
import { Frame } from "./frame/Frame";
import { routeOf, type Route, type ScreenName } from "./places";
import { usePlace } from "./router";
import { Empty, Loading } from "./ui/basics";

type Screen = (props: { subject: string; detail: string }) => JSX.Element | null;

const screens: Record<Exclude<ScreenName, "missing">, React.LazyExoticComponent<Screen>> = {
  home: lazy(() => import("./screens/home/Home")),
  experiments: lazy(() => import("./screens/tracking/Experiments")),
  experiment: lazy(() => import("./screens/tracking/Experiment")),
  run: lazy(() => import("./screens/tracking/Run")),
  compare: lazy(() => import("./screens/compare/Compare")),
  models: lazy(() => import("./screens/registry/Models")),
  model: lazy(() => import("./screens/registry/Model")),
  version: lazy(() => import("./screens/registry/Version")),
  compareVersions: lazy(() => import("./screens/compare/CompareVersions")),
  serving: lazy(() => import("./screens/serving/Serving")),
  monitoring: lazy(() => import("./screens/monitoring/Monitoring")),
  webhooks: lazy(() => import("./screens/webhooks/Webhooks")),
  webhook: lazy(() => import("./screens/webhooks/Webhook")),
  activities: lazy(() => import("./screens/activities/Activities")),
  lineage: lazy(() => import("./screens/lineage/Lineage")),
};

/** Shows what broke instead of an empty page. */
class Guard extends Component<{ children: ReactNode }, { failure?: Error }> {
  override state: { failure?: Error } = {};

  static getDerivedStateFromError(failure: Error) {
    return { failure };
  }

  override render() {
    if (!this.state.failure) return this.props.children;
    return (
      <Empty title="This page broke.">
        {this.state.failure.message} <button type="button" onClick={() => location.reload()}>Reload</button>
      </Empty>
    );
  }
}

/** Moves the focus to the heading when the path changes, once the screen stands; unless one has gone into it already. */
function useHeadingFocus(path: string): void {
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return undefined;
    }
    document.querySelector(".screen")?.scrollTo(0, 0);
    let tries = 0;
    const timer = setInterval(() => {
      const heading = document.querySelector<HTMLElement>(".screen h1");
      tries += 1;
      if (heading || tries > 40) clearInterval(timer);
      if (!document.activeElement?.closest(".screen")) heading?.focus({ preventScroll: true });
    }, 50);
    return () => clearInterval(timer);
  }, [path]);
}

function Shown({ route }: { route: Route }) {
  if (route.screen === "missing") {
    return (
      <>
        <h1 tabIndex={-1}>Not found</h1>
        <Empty title="There is no page here.">{route.subject}</Empty>
      </>
    );
  }
  const Screen = screens[route.screen];
  return <Screen key={`${route.subject}/${route.detail}`} subject={route.subject} detail={route.detail} />;
}

export function App() {
  const { path } = usePlace();
  const route = routeOf(path);
  useHeadingFocus(path);
  return (
    <Frame route={route}>
      <Guard key={path}>
        <Suspense fallback={<Loading />}>
          <Shown route={route} />
        </Suspense>
      </Guard>
    </Frame>
  );
}

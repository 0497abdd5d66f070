import { modelQuery, runsByIdQuery, versionsQuery } from "../../api/queries";
import { useQuery } from "../../api/query";
import type { ModelVersion, RegisteredModel } from "../../api/schema";
import { formatNumber, numberOf } from "../../format/number";
import { formatMoment } from "../../format/time";
import { places } from "../../places";
import { Link, useParam } from "../../router";
import { Empty, ErrorNote, Loading, Panel, ScreenHead } from "../../ui/basics";
import { aliasesByVersion, stageOf } from "../registry/versions";
import { runView, type RunView } from "../tracking/runs";
import { CompareTable, type ComparedSection } from "./CompareTable";
import { comparedRows, metricTexts } from "./rows";

function details(version: ModelVersion, model: RegisteredModel | undefined, run: RunView | undefined): Map<string, string> {
  const facts: [string, string | undefined][] = [
    ["stage", stageOf(version)],
    ["aliases", aliasesByVersion(model).get(version.version ?? "")?.join(", ")],
    ["description", version.description],
    ["registered", formatMoment(version.creation_timestamp)],
    ["run", run?.name],
    ["source", version.source],
    ["git commit", run?.tags.get("mlflow.source.git.commit")],
  ];
  return new Map(facts.filter((fact): fact is [string, string] => Boolean(fact[1])));
}

/** Versions of a model side by side, with the params and metrics of their runs. Which ones is in the URL. */
export default function CompareVersions({ subject: name }: { subject: string }) {
  const [text] = useParam("versions");
  const [same, setSame] = useParam("same");
  const numbers = [...new Set(text.split(",").filter(Boolean))];
  const model = useQuery(modelQuery(name)).value;
  const { value, error, reload } = useQuery(versionsQuery(name));
  const versions = numbers.flatMap((number) => value?.find((one) => one.version === number) ?? []);
  const runIds = [...new Set(versions.flatMap((version) => version.run_id || []))];
  const runs = (useQuery(runIds.length > 0 ? runsByIdQuery(runIds) : null).value ?? []).map(runView);
  const runOf = (version: ModelVersion) => runs.find((run) => run.id === version.run_id);
  const tags = (version: ModelVersion) => new Map((version.tags ?? []).map((tag) => [tag.key ?? "", tag.value ?? ""]));
  const sections: ComparedSection[] = [
    { title: "Version", rows: comparedRows(versions.map((version) => details(version, model, runOf(version)))) },
    {
      title: "Metrics of its run, last value",
      rows: comparedRows(versions.map((version) => {
        const run = runOf(version);
        return run ? metricTexts(run) : new Map<string, string>();
      })),
      format: (metric) => formatNumber(numberOf(metric), 6),
    },
    { title: "Params of its run", rows: comparedRows(versions.map((version) => runOf(version)?.params ?? new Map())) },
    { title: "Tags", rows: comparedRows(versions.map(tags)) },
  ];
  const heads = versions.map((version) => ({
    id: version.version ?? "",
    head: <Link className="cell-name" href={places.version(name, version.version ?? "")}>version {version.version}</Link>,
  }));
  return (
    <>
      <ScreenHead
        title={`Compare ${versions.length} version${versions.length === 1 ? "" : "s"}`}
        detail={
          <>
            <span>of <Link className="link" href={places.model(name)}>{name}</Link></span>
            {runs.length > 1 && (
              <Link className="link" href={places.compare(runs.map((run) => run.id))}>curves of their runs</Link>
            )}
          </>
        }
      />
      {error && <ErrorNote error={error} retry={reload} />}
      {!value && !error && <Loading />}
      {value && versions.length === 0 && (
        <Empty title="No versions to compare">
          Choose versions on <Link className="link" href={places.model(name)}>the page of {name}</Link>.
        </Empty>
      )}
      {versions.length > 0 && (
        <Panel
          title="Side by side"
          actions={
            <label className="check">
              <input type="checkbox" checked={same !== "1"} onChange={(event) => setSame(event.target.checked ? "" : "1")} />
              differing only
            </label>
          }
        >
          <CompareTable
            label="Versions side by side" heads={heads} sections={sections} onlyDiffering={same !== "1" && versions.length > 1}
          />
        </Panel>
      )}
    </>
  );
}

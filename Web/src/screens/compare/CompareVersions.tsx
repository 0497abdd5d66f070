import { ApiError } from "../../api/client";
import { runsByIdQuery } from "../../api/queries";
import { useQuery } from "../../api/query";
import { versionComparisonQuery } from "../../api/registry";
import type { DescribedVersion } from "../../api/schema";
import { places } from "../../places";
import { Link, useParam } from "../../router";
import { Empty, ErrorNote, Loading, Panel, ScreenHead } from "../../ui/basics";
import { semanticOf } from "../registry/version-document";
import { runView } from "../tracking/runs";
import { CompareTable } from "./CompareTable";
import { versionSections } from "./version-rows";

function Head({ version }: { version: DescribedVersion }) {
  const semantic = semanticOf(version);
  return (
    <Link className="cell-name" href={places.version(version.name, String(version.number))}>
      version {version.number}
      {semantic && <span className="quiet">{semantic}</span>}
    </Link>
  );
}

/** Versions of a model side by side: what was told of them, else what their runs recorded. Which ones is in the URL. */
export default function CompareVersions({ subject: name }: { subject: string }) {
  const [text] = useParam("versions");
  const [same, setSame] = useParam("same");
  const numbers = [...new Set(text.split(",").filter(Boolean))];
  const { value, error, reload } = useQuery(numbers.length > 0 ? versionComparisonQuery(name, numbers) : null);
  const versions = value?.versions ?? [];
  const runIds = [...new Set(versions.flatMap((version) => version.run_id ?? []))];
  const runs = (useQuery(runIds.length > 0 ? runsByIdQuery(runIds) : null).value ?? []).map(runView);
  const runOf = (id: string) => runs.find((run) => run.id === id);
  const sections = value && versionSections(value, {
    nameOf: (id) => runOf(id)?.name,
    commitOf: (id) => runOf(id)?.tags.get("mlflow.source.git.commit"),
  });
  const heads = versions.map((version) => ({ id: String(version.number), head: <Head version={version} /> }));
  const isMissing = error instanceof ApiError && error.status === 404;
  return (
    <>
      <ScreenHead
        title={`Compare ${versions.length || numbers.length} version${(versions.length || numbers.length) === 1 ? "" : "s"}`}
        detail={
          <>
            <span>of <Link className="link" href={places.model(name)}>{name}</Link></span>
            {runs.length > 1 && (
              <Link className="link" href={places.compare(runs.map((run) => run.id))}>curves of their runs</Link>
            )}
          </>
        }
      />
      {error && !isMissing && <ErrorNote error={error} retry={reload} />}
      {!value && !error && numbers.length > 0 && <Loading />}
      {(numbers.length === 0 || isMissing) && (
        <Empty title={isMissing ? "One of them is not there." : "No versions to compare"}>
          {isMissing && `${error.message} `}
          Choose versions on <Link className="link" href={places.model(name)}>the page of {name}</Link>.
        </Empty>
      )}
      {sections && (
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

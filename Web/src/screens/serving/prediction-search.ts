import type { PredictionSearch } from "../../api/serving";
import { fieldMoment } from "../../format/time";

/** The fields of the search as they are written, by the names that they have in the URL. */
export interface SearchTexts {
  request: string;
  version: string;
  from: string;
  until: string;
}

const whole = (text: string | null) => (text && /^\d+$/.test(text) ? Number(text) : undefined);

/** What the query of a URL looks for. What is no number there is left open. */
export function searchOf(query: string): PredictionSearch {
  const fields = new URLSearchParams(query);
  return {
    variant: fields.get("variant") ?? "",
    version: whole(fields.get("version")),
    shadow: fields.get("shadow") === "true",
    request: fields.get("request") ?? "",
    from: whole(fields.get("from")),
    until: whole(fields.get("until")),
  };
}

/** The fields that stand for a search. */
export function textsOf(search: PredictionSearch): SearchTexts {
  return {
    request: search.request,
    version: search.version === undefined ? "" : String(search.version),
    from: fieldMoment(search.from),
    until: fieldMoment(search.until),
  };
}

/** The parameters of the URL for what was written; a moment that stands as it was keeps its seconds. */
export function paramsOf(texts: SearchTexts, before: PredictionSearch): Record<string, string | undefined> {
  const moment = (text: string, old: number | undefined) => {
    if (text === fieldMoment(old)) return old === undefined ? undefined : String(old);
    return text ? String(new Date(text).getTime()) : undefined;
  };
  return {
    request: texts.request.trim() || undefined,
    version: texts.version.trim() || undefined,
    from: moment(texts.from, before.from),
    until: moment(texts.until, before.until),
    page: undefined,
  };
}

/** Whether anything but the choice of shadows narrows the log. */
export const isNarrowed = ({ variant, version, request, from, until }: PredictionSearch) =>
  variant !== "" || version !== undefined || request !== "" || from !== undefined || until !== undefined;

export type PreviewKind = "text" | "image" | "none";

const images = new Set(["png", "jpg", "jpeg", "gif", "webp", "svg", "bmp", "avif"]);
const texts = new Set([
  "txt", "log", "md", "rst", "json", "jsonl", "yaml", "yml", "toml", "ini", "cfg", "conf", "csv", "tsv", "xml", "html",
  "py", "r", "js", "ts", "sh", "sql", "swift", "ipynb", "properties", "requirements",
]);

/** How an artifact can be shown, by its name. */
export function previewKind(path: string): PreviewKind {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (name === "MLmodel" || name === "MLproject" || name === "Dockerfile") return "text";
  const ending = name.includes(".") ? name.slice(name.lastIndexOf(".") + 1).toLowerCase() : "";
  if (images.has(ending)) return "image";
  return texts.has(ending) ? "text" : "none";
}

/** JSON with its lines broken, where the text is whole and is JSON; any other text as it is. */
export function readable(path: string, text: string): string {
  if (!/\.json$/i.test(path)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

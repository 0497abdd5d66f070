export type PreviewKind = "text" | "table" | "image" | "page" | "none";

const images = new Set(["png", "jpg", "jpeg", "gif", "webp", "svg", "bmp", "avif"]);
const texts = new Set([
  "txt", "log", "md", "rst", "json", "jsonl", "yaml", "yml", "toml", "ini", "cfg", "conf", "xml",
  "py", "r", "js", "ts", "sh", "sql", "swift", "ipynb", "properties", "requirements",
]);

const tables = new Set(["csv", "tsv"]);
const pages = new Set(["html", "htm"]);

/** How an artifact can be shown, by its name. */
export function previewKind(path: string): PreviewKind {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (name === "MLmodel" || name === "MLproject" || name === "Dockerfile") return "text";
  const ending = name.includes(".") ? name.slice(name.lastIndexOf(".") + 1).toLowerCase() : "";
  if (images.has(ending)) return "image";
  if (tables.has(ending)) return "table";
  if (pages.has(ending)) return "page";
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

/** Rows of a table of comma- or tab-separated values, as RFC 4180 has them; a last line that was cut is left out. */
export function tableRows(path: string, text: string, cut: boolean, rowsMax: number): string[][] {
  const separator = /\.tsv$/i.test(path) ? "\t" : ",";
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  const endRow = () => {
    rows.push([...row, cell]);
    row = [];
    cell = "";
  };
  for (let at = 0; at < text.length && rows.length <= rowsMax; at += 1) {
    const character = text[at];
    if (quoted) {
      if (character !== '"') cell += character;
      else if (text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else quoted = false;
    } else if (character === '"' && cell === "") quoted = true;
    else if (character === separator) {
      row.push(cell);
      cell = "";
    } else if (character === "\n") endRow();
    else if (character !== "\r") cell += character;
  }
  if (!cut && rows.length <= rowsMax && (cell !== "" || row.length > 0)) endRow();
  return rows.slice(0, rowsMax);
}

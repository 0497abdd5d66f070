// Writes embedded.inc into a built folder: C that embeds each file there and a table of them.
// Usage: node write-embedded.mjs folder
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { extname, join, relative } from "node:path";

const folder = process.argv[2];
const contentTypes = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

function* filesBelow(place) {
  for (const entry of readdirSync(place, { withFileTypes: true })) {
    const path = join(place, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (!entry.name.endsWith(".gz")) yield path;
  }
}

const arrays = [];
const rows = [];
[...filesBelow(folder)].sort().forEach((file, index) => {
  const path = relative(folder, file);
  const contentType = contentTypes[extname(file)];
  if (!contentType) throw new Error(`${file}: no media type is known for this ending`);
  const digest = createHash("sha256").update(readFileSync(file)).digest("hex").slice(0, 16);
  const saves = statSync(`${file}.gz`).size < statSync(file).size;
  arrays.push(`static const unsigned char data_${index}[] = {\n#embed "${path}"\n};`);
  if (saves) arrays.push(`static const unsigned char gzip_${index}[] = {\n#embed "${path}.gz"\n};`);
  const gzip = saves ? `gzip_${index}, sizeof gzip_${index}` : "NULL, 0";
  rows.push(
    `    {"/${path}", "${contentType}", "W/\\"${digest}\\"", data_${index}, sizeof data_${index}, ${gzip}, ` +
      `${path.startsWith("assets/") ? 1 : 0}},`,
  );
});

writeFileSync(
  join(folder, "embedded.inc"),
  `${arrays.join("\n")}\n\nconst martlet_web_asset martlet_web_assets[] = {\n${rows.join("\n")}\n};\n` +
    "const size_t martlet_web_asset_count = sizeof martlet_web_assets / sizeof martlet_web_assets[0];\n",
);

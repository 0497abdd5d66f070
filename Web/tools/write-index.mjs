// Fills the names of the built files into index.html.
// Usage: node write-index.mjs meta.json template.html index.html name=url…
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";

const [, , metaFile, templateFile, target, ...pairs] = process.argv;
const { outputs } = JSON.parse(readFileSync(metaFile, "utf8"));
const [mainFile, main] = Object.entries(outputs).find(([, output]) => output.entryPoint === "src/main.tsx");

const preloads = main.imports
  .filter((imported) => imported.kind === "import-statement")
  .map((imported) => `<link rel="modulepreload" href="/assets/${basename(imported.path)}">`);

const values = new Map(pairs.map((pair) => pair.split("=", 2)));
values.set("main", `/assets/${basename(mainFile)}`);
values.set("preloads", preloads.join("\n"));

const text = readFileSync(templateFile, "utf8").replace(/\{\{(\w+)\}\}/g, (_, field) => {
  const value = values.get(field);
  if (value === undefined) throw new Error(`${templateFile}: no value for ${field}`);
  return value;
});
writeFileSync(target, text);

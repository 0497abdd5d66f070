// Fails when the code of the first page grows beyond its budget, compressed. ECharts is loaded later and not counted.
// Usage: node report-weight.mjs meta.json dist
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";

const budgetBytes = 120 * 1000;
const [, , metaFile, dist] = process.argv;
const { outputs } = JSON.parse(readFileSync(metaFile, "utf8"));
const names = new Map(Object.keys(outputs).map((path) => [basename(path), outputs[path]]));
const size = (name) => statSync(join(dist, "assets", `${name}.gz`)).size;

const initial = new Set();
function visit(name) {
  if (initial.has(name)) return;
  initial.add(name);
  for (const imported of names.get(name)?.imports ?? []) {
    if (imported.kind === "import-statement") visit(basename(imported.path));
  }
}
for (const [name, output] of names) if (output.entryPoint === "src/main.tsx") visit(name);
for (const name of readdirSync(join(dist, "assets"))) {
  if (/^(app|boot|live)-[0-9a-f]+\.(css|js)$/.test(name)) initial.add(name);
}

const total = [...initial].reduce((sum, name) => sum + size(name), 0);
console.log(`Web/dist: ${(total / 1000).toFixed(1)} kB compressed at first, budget ${budgetBytes / 1000} kB`);
if (total > budgetBytes) {
  console.error("Web/build: the first page is over its budget");
  process.exit(1);
}

// Writes the TypeScript types of the API from its OpenAPI document.
// Usage: node generate-schema.mjs openapi.json schema.ts
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const [, , source, target] = process.argv;
const document = JSON.parse(readFileSync(source, "utf8"));

const name = (reference) => reference.split("/").pop();
const key = (text) => (/^[A-Za-z_]\w*$/.test(text) ? text : JSON.stringify(text));

function type(schema) {
  if (schema.$ref) return name(schema.$ref);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.oneOf) return schema.oneOf.map(type).join(" | ");
  if (schema.allOf) return schema.allOf.map(type).join(" & ");
  if (Array.isArray(schema.type)) return schema.type.map((one) => type({ ...schema, type: one })).join(" | ");
  switch (schema.type) {
    case "string": return schema.format === "binary" ? "Blob" : "string";
    case "integer":
    case "number": return "number";
    case "boolean": return "boolean";
    case "null": return "null";
    case "array": return `Array<${type(schema.items)}>`;
    case "object": return object(schema);
    default: return "unknown";
  }
}

function object(schema) {
  const required = new Set(schema.required ?? []);
  const fields = Object.entries(schema.properties ?? {}).map(
    ([field, value]) => `${key(field)}${required.has(field) ? "" : "?"}: ${type(value)}`,
  );
  if (fields.length === 0) return `Record<string, ${schema.additionalProperties ? type(schema.additionalProperties) : "unknown"}>`;
  return `{ ${fields.join("; ")} }`;
}

function parameters(list, place) {
  const chosen = (list ?? []).filter((parameter) => parameter.in === place);
  if (chosen.length === 0) return "undefined";
  return `{ ${chosen.map((one) => `${key(one.name)}${one.required ? "" : "?"}: ${type(one.schema)}`).join("; ")} }`;
}

function response(operation) {
  const answer = operation.responses["200"] ?? operation.responses["201"];
  const media = Object.entries(answer?.content ?? {})[0];
  if (!media) return "undefined";
  return media[0].startsWith("application/json") ? type(media[1].schema) : "string";
}

const lines = ["// Generated from openapi.json by tools/generate-schema.mjs; do not edit.", ""];
for (const [schemaName, schema] of Object.entries(document.components.schemas)) {
  lines.push(`export type ${schemaName} = ${type(schema)};`);
}
lines.push("", "/** Every operation, by method and path. */", "export interface Operations {");
for (const [path, methods] of Object.entries(document.paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    const body = operation.requestBody?.content["application/json"];
    lines.push(
      `  "${method.toUpperCase()} ${path}": { query: ${parameters(operation.parameters, "query")}; ` +
        `path: ${parameters(operation.parameters, "path")}; body: ${body ? type(body.schema) : "undefined"}; ` +
        `response: ${response(operation)} };`,
    );
  }
}
lines.push("}", "");

const text = lines.join("\n");
mkdirSync(dirname(target), { recursive: true });
if (!existsSync(target) || readFileSync(target, "utf8") !== text) writeFileSync(target, text);

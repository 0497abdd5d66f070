import type { Variant } from "../../api/schema";

/** A column of a row that takes one value. */
export interface InputField {
  name: string;
  kind: "number" | "integer" | "boolean" | "text";
  /** Whether nothing may stand there. */
  optional: boolean;
}

/** More columns than this are written faster than filled in. */
const fieldsMax = 48;

interface Schema {
  type?: string | string[];
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  minItems?: number;
  maxItems?: number;
}

const kinds: Record<string, InputField["kind"]> = {
  number: "number", integer: "integer", boolean: "boolean", string: "text",
};

function kindOf(schema: Schema): InputField["kind"] | undefined {
  if (schema.type === "array" && schema.minItems === 1 && schema.maxItems === 1) return schema.items && kindOf(schema.items);
  const types = [schema.type ?? []].flat().filter((one) => one !== "null");
  return types.length === 1 ? kinds[types[0] ?? ""] : undefined;
}

const isNullable = (schema: Schema) => Array.isArray(schema.type) && schema.type.includes("null");

/** The fields of a row in an endpoint's OpenAPI document; undefined where one of them takes more than one value. */
export function fieldsOf(description: Record<string, unknown>): InputField[] | undefined {
  const { schemas } = (description.components ?? {}) as { schemas?: Record<string, Schema> };
  const properties = schemas?.Row?.anyOf?.find((one) => one.properties)?.properties;
  const required = new Set(schemas?.Row?.anyOf?.find((one) => one.required)?.required);
  const columns = Object.entries(properties ?? {});
  if (columns.length === 0 || columns.length > fieldsMax) return undefined;
  const fields = columns.flatMap(([name, schema]): InputField[] => {
    const kind = kindOf(schema);
    return kind ? [{ name, kind, optional: isNullable(schema) || !required.has(name) }] : [];
  });
  return fields.length === columns.length ? fields : undefined;
}

/** What a field holds before anybody has written into it. */
export const blank = (field: InputField) => ({ number: "0", integer: "0", boolean: "false", text: "" })[field.kind];

function valueOf(field: InputField, text: string): unknown {
  if (field.kind === "text") return text;
  if (field.kind === "boolean") return text === "true";
  const number = Number(text);
  const isRounded = field.kind === "integer" && Number.isInteger(number) && !Number.isSafeInteger(number);
  // What is no number, or would arrive as another one, goes as it stands, so that the server says which column it does
  // not like.
  return text.trim() === "" || !Number.isFinite(number) || isRounded ? text : number;
}

/** The row that the fields say; an empty one that may be is left out. */
export function rowOf(fields: readonly InputField[], texts: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(
    fields.flatMap((field): [string, unknown][] => {
      const text = texts[field.name] ?? blank(field);
      if (field.optional && text.trim() === "") return [[field.name, null]];
      return [[field.name, valueOf(field, text)]];
    }),
  );
}

/**
 * The variants that a request can ask for by themselves. It does so by a version's number, and of an ensemble of several
 * models' versions with one number the first answers.
 */
export const askable = <One extends Pick<Variant, "model_version">>(variants: readonly One[]) =>
  variants.filter((one, index) => variants.findIndex((other) => other.model_version === one.model_version) === index);

import type { TensorMetadata } from "../../api/schema";

const texts = new Set(["BYTES", "STRING"]);

function zero(datatype: string): unknown {
  if (texts.has(datatype.toUpperCase())) return "";
  if (datatype.toUpperCase() === "BOOL") return false;
  return 0;
}

/**
 * A row that has the shape of a signature, to start from: one tensor of n columns is a list in signature order,
 * several are an object by name.
 */
export function sampleInputs(inputs: readonly TensorMetadata[]): unknown {
  const width = (tensor: TensorMetadata) => tensor.shape.slice(1).reduce((product, size) => product * Math.max(1, size), 1);
  const row = (tensor: TensorMetadata) => Array.from({ length: width(tensor) }, () => zero(tensor.datatype));
  const [first] = inputs;
  if (inputs.length === 1 && first) return row(first);
  return Object.fromEntries(
    inputs.map((tensor) => [tensor.name, width(tensor) === 1 ? zero(tensor.datatype) : row(tensor)]),
  );
}

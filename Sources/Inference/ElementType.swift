/// The kind of a tensor's elements; the raw value is the number that the ONNX standard gives it.
package enum ElementType: Int32, Sendable, CaseIterable {
    case float = 1
    case uint8 = 2
    case int8 = 3
    case uint16 = 4
    case int16 = 5
    case int32 = 6
    case int64 = 7
    case string = 8
    case bool = 9
    case double = 11
    case uint32 = 12
    case uint64 = 13

    /// The standard's name in lower case: `float`, `int64`, `string`.
    package var name: String { "\(self)" }

    /// The name of any kind in the standard, also of those that Martlet does not serve.
    static func name(ofCode code: Int32) -> String {
        if let type = ElementType(rawValue: code) { return type.name }
        let others: [Int32: String] = [
            10: "float16", 14: "complex64", 15: "complex128", 16: "bfloat16", 17: "float8e4m3fn", 18: "float8e4m3fnuz",
            19: "float8e5m2", 20: "float8e5m2fnuz", 21: "uint4", 22: "int4", 23: "float4e2m1", 24: "uint2", 25: "int2",
            26: "float8e8m0",
        ]
        return others[code] ?? "element type \(code)"
    }
}

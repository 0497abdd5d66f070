extension ElementType {
    /// The Open Inference Protocol's name: `FP32`, `INT64`, `BYTES`.
    package var datatype: String {
        switch self {
        case .float: "FP32"
        case .double: "FP64"
        case .int8: "INT8"
        case .int16: "INT16"
        case .int32: "INT32"
        case .int64: "INT64"
        case .uint8: "UINT8"
        case .uint16: "UINT16"
        case .uint32: "UINT32"
        case .uint64: "UINT64"
        case .bool: "BOOL"
        case .string: "BYTES"
        }
    }

    /// The kind that the Open Inference Protocol calls `datatype`; nil for one that is not served.
    package init?(datatype: String) {
        guard let type = Self.byDatatype[datatype] else { return nil }
        self = type
    }

    private static let byDatatype = Dictionary(uniqueKeysWithValues: allCases.map { ($0.datatype, $0) })
}

/// A named column of a model's signature.
package struct InputColumn: Hashable, Sendable {
    /// What a value of the column is, in MLflow's words.
    package enum Kind: String, Sendable {
        case boolean, integer, long, float, double, string

        /// The whole numbers that are values of the column; nil where it takes others too.
        var wholeRange: ClosedRange<Int64>? {
            switch self {
            case .integer: Int64(Int32.min)...Int64(Int32.max)
            case .long: Int64.min...Int64.max
            default: nil
            }
        }

        /// Whether null, and no value at all, are a value: the number NaN.
        var takesMissing: Bool { self == .float || self == .double }
    }

    /// The name.
    package let name: String
    /// What a value is.
    package let kind: Kind
    /// Whether a row must have it.
    package let isRequired: Bool

    /// A column.
    package init(name: String, kind: Kind, isRequired: Bool = true) {
        self.name = name
        self.kind = kind
        self.isRequired = isRequired
    }
}

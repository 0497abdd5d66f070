import Inference
import Kernel

/// Elements of one kind, gathered from JSON.
struct ElementBuffer {
    /// Why a value is not taken: what would have been.
    struct Misfit: Error {
        let expected: String
    }

    private let type: ElementType
    private var floats: [Float] = []
    private var doubles: [Double] = []
    private var int8s: [Int8] = []
    private var int16s: [Int16] = []
    private var int32s: [Int32] = []
    private var int64s: [Int64] = []
    private var uint8s: [UInt8] = []
    private var uint16s: [UInt16] = []
    private var uint32s: [UInt32] = []
    private var uint64s: [UInt64] = []
    private var bools: [Bool] = []
    private var strings: [String] = []

    init(_ type: ElementType) {
        self.type = type
    }

    /// The elements gathered.
    var values: Tensor.Values {
        switch type {
        case .float: .float(floats)
        case .double: .double(doubles)
        case .int8: .int8(int8s)
        case .int16: .int16(int16s)
        case .int32: .int32(int32s)
        case .int64: .int64(int64s)
        case .uint8: .uint8(uint8s)
        case .uint16: .uint16(uint16s)
        case .uint32: .uint32(uint32s)
        case .uint64: .uint64(uint64s)
        case .bool: .bool(bools)
        case .string: .string(strings)
        }
    }

    /// Adds `json`, which must be a value of `column` if one is given, else of the elements' kind.
    ///
    /// Null, for a column of numbers with fractions, is NaN.
    mutating func append(_ json: JSON, of column: InputColumn.Kind? = nil) throws(Misfit) {
        let json = try column.map { kind throws(Misfit) in try Self.value(json, of: kind, as: type) } ?? json
        switch type {
        case .float: floats.append(try Self.float(json))
        case .double: doubles.append(try Self.double(json))
        case .int8: int8s.append(try Self.whole(json))
        case .int16: int16s.append(try Self.whole(json))
        case .int32: int32s.append(try Self.whole(json))
        case .int64: int64s.append(try Self.whole(json))
        case .uint8: uint8s.append(try Self.whole(json))
        case .uint16: uint16s.append(try Self.whole(json))
        case .uint32: uint32s.append(try Self.whole(json))
        case .uint64: uint64s.append(try Self.whole(json))
        case .bool:
            guard case .boolean(let flag) = json else { throw Misfit(expected: "true or false") }
            bools.append(flag)
        case .string:
            guard case .string(let text) = json else { throw Misfit(expected: "a string") }
            strings.append(text)
        }
    }

    /// `json` as the number, flag or text that a column's value is to the model.
    private static func value(
        _ json: JSON,
        of kind: InputColumn.Kind,
        as type: ElementType
    ) throws(Misfit) -> JSON {
        switch (kind, json) {
        case (.boolean, .boolean(let flag)): return type == .bool ? json : .integer(flag ? 1 : 0)
        case (.string, .string): return json
        case (.boolean, _): throw Misfit(expected: "true or false")
        case (.string, _): throw Misfit(expected: "a string")
        case (.float, .null), (.double, .null): return .number(.nan)
        case (.float, .integer), (.float, .number), (.double, .integer), (.double, .number): return json
        case (.float, _), (.double, _): throw Misfit(expected: "a number")
        case (.integer, _):
            let number: Int32 = try whole(json)
            return .integer(Int64(number))
        case (.long, _):
            let number: Int64 = try whole(json)
            return .integer(number)
        }
    }

    private static func float(_ json: JSON) throws(Misfit) -> Float {
        let double = try double(json)
        let value = Float(double)
        guard value.isFinite || !double.isFinite else { throw Misfit(expected: "a number of single precision") }
        return value
    }

    private static func double(_ json: JSON) throws(Misfit) -> Double {
        guard let value = json.doubleValue else { throw Misfit(expected: "a number") }
        return value
    }

    /// Whole numbers may be written with a fraction of zeros, as long as doubles tell them apart.
    private static func whole<Integer: FixedWidthInteger>(_ json: JSON) throws(Misfit) -> Integer {
        let value: Integer? =
            switch json {
            case .integer(let number): Integer(exactly: number)
            case .number(let number) where abs(number) <= 0x1p53: Integer(exactly: number)
            default: nil
            }
        guard let value else {
            throw Misfit(expected: "a whole number from \(Integer.min) to \(Integer.max)")
        }
        return value
    }
}

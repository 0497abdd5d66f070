import Inference

/// Reads the values of a usual request straight from its bytes into the numbers of a ``MatrixPlan``.
///
/// It knows rows of numbers: lists nested as deep as the model's input, objects by column, lists of either, and a
/// data frame's columns and data. For all else, right or wrong, it answers nil, and the text is read again the slow
/// way, which takes every form and has the error messages. What it does answer is what the slow way would.
struct PredictionBodyReader {
    private static let depthMax = 8
    let plan: MatrixPlan
    var cursor: ByteCursor
    private(set) var values: [Float] = []
    /// The lengths of nested lists by depth, -1 where none has ended yet.
    private(set) var lengths: [Int] = []
    /// The depth of the lists that hold numbers, -1 until one has been seen.
    private(set) var leafDepth = -1
    /// What a number of each column must be; nil where any will do.
    private let wholeRanges: [ClosedRange<Double>?]?

    /// A reader of `range` of `bytes`; of a tensor the numbers need not be those of columns.
    init(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ plan: MatrixPlan, isTensor: Bool = false) {
        self.plan = plan
        wholeRanges = isTensor ? nil : plan.wholeRanges
        cursor = ByteCursor(bytes, range)
    }

    /// One row, the `inputs` of `/predict`, in `range` of `bytes`.
    static func row(
        _ bytes: UnsafeRawBufferPointer,
        _ range: Range<Int>,
        _ plan: MatrixPlan
    ) throws(InferenceError) -> ModelInputs? {
        var reader = PredictionBodyReader(bytes, range, plan)
        reader.values.reserveCapacity(plan.rowCount)
        if reader.cursor.peek() == UInt8(ascii: "{") {
            guard reader.object(), reader.cursor.isAtEnd() else { return nil }
            return try plan.inputs(reader.values, rows: 1)
        }
        guard reader.nested(), reader.cursor.isAtEnd(), plan.isOneRow(nested: reader.lengths) else { return nil }
        return try plan.inputs(reader.values, rows: 1)
    }

    /// Any number of rows, a list in `range` of `bytes`.
    static func rows(
        _ bytes: UnsafeRawBufferPointer,
        _ range: Range<Int>,
        _ plan: MatrixPlan
    ) throws(InferenceError) -> ModelInputs? {
        var reader = PredictionBodyReader(bytes, range, plan)
        guard let rows = reader.rows(), reader.cursor.isAtEnd() else { return nil }
        return try plan.inputs(reader.values, rows: rows)
    }

    /// A data frame as `{"columns": […], "data": [[…], …]}` in `range` of `bytes`, every column once in any order.
    static func split(
        _ bytes: UnsafeRawBufferPointer,
        _ range: Range<Int>,
        _ plan: MatrixPlan
    ) throws(InferenceError) -> ModelInputs? {
        var reader = PredictionBodyReader(bytes, range, plan)
        guard let rows = reader.split(), reader.cursor.isAtEnd() else { return nil }
        return try plan.inputs(reader.values, rows: rows)
    }
}

// MARK: Forms

extension PredictionBodyReader {
    private mutating func rows() -> Int? {
        let start = cursor
        guard cursor.take(UInt8(ascii: "[")) else { return nil }
        guard cursor.peek() == UInt8(ascii: "{") else {
            cursor = start
            return nested() ? plan.rows(nested: lengths) : nil
        }
        var count = 0
        repeat {
            guard object() else { return nil }
            count += 1
        } while cursor.take(UInt8(ascii: ","))
        return cursor.take(UInt8(ascii: "]")) ? count : nil
    }

    /// A row as an object that has every column once.
    private mutating func object() -> Bool {
        guard let columns = plan.columns, cursor.take(UInt8(ascii: "{")) else { return false }
        let first = values.count
        // NaN stands for a column not seen yet; no number of JSON is NaN.
        for _ in 0..<plan.rowCount { values.append(.nan) }
        var seen = 0
        repeat {
            guard seen < plan.rowCount, let name = cursor.string(), cursor.take(UInt8(ascii: ":")),
                let column = columns.column(cursor.slice(name), guess: seen), values[first + column].isNaN,
                let value = value(column: column)
            else { return false }
            values[first + column] = value
            seen += 1
        } while cursor.take(UInt8(ascii: ","))
        return seen == plan.rowCount && cursor.take(UInt8(ascii: "}"))
    }

    private mutating func split() -> Int? {
        guard let columns = plan.columns, cursor.take(UInt8(ascii: "{")), takeName("columns"),
            let places = places(columns), cursor.take(UInt8(ascii: ",")), takeName("data"),
            cursor.take(UInt8(ascii: "["))
        else { return nil }
        var count = 0
        repeat {
            guard cursor.take(UInt8(ascii: "[")) else { return nil }
            let first = values.count
            for _ in 0..<plan.rowCount { values.append(0) }
            for index in 0..<places.count {
                guard index == 0 || cursor.take(UInt8(ascii: ",")), let value = value(column: places[index])
                else { return nil }
                values[first + places[index]] = value
            }
            guard cursor.take(UInt8(ascii: "]")) else { return nil }
            count += 1
        } while cursor.take(UInt8(ascii: ","))
        return cursor.take(UInt8(ascii: "]")) && cursor.take(UInt8(ascii: "}")) ? count : nil
    }

    /// For each name in the list here the column that it names; every column once.
    private mutating func places(_ columns: ColumnIndex) -> [Int]? {
        guard cursor.take(UInt8(ascii: "[")) else { return nil }
        var places: [Int] = []
        places.reserveCapacity(columns.count)
        var isSeen = [Bool](repeating: false, count: columns.count)
        repeat {
            guard places.count < columns.count, let name = cursor.string(),
                let column = columns.column(cursor.slice(name), guess: places.count), !isSeen[column]
            else { return nil }
            isSeen[column] = true
            places.append(column)
        } while cursor.take(UInt8(ascii: ","))
        return places.count == columns.count && cursor.take(UInt8(ascii: "]")) ? places : nil
    }

    private mutating func takeName(_ name: StaticString) -> Bool {
        guard let found = cursor.string(), cursor.matches(found, name) else { return false }
        return cursor.take(UInt8(ascii: ":"))
    }
}

// MARK: Numbers

extension PredictionBodyReader {
    /// The number here, if it is one of `column` and of single precision's range.
    @inline(__always)
    private mutating func value(column: Int) -> Float? {
        guard let number = cursor.number() else { return nil }
        if let ranges = wholeRanges {
            guard column < ranges.count else { return nil }
            if let range = ranges[column], !number.isInteger || !range.contains(number.value) { return nil }
        }
        let value = Float(number.value)
        return value.isFinite ? value : nil
    }

    /// Numbers in lists nested evenly; their lengths are in `lengths` afterwards, outermost first.
    mutating func nested() -> Bool { list(depth: 0) }

    private mutating func list(depth: Int) -> Bool {
        guard depth < Self.depthMax, cursor.take(UInt8(ascii: "[")) else { return false }
        if lengths.count == depth { lengths.append(-1) }
        var count = 0
        repeat {
            if cursor.peek() == UInt8(ascii: "[") {
                guard leafDepth < 0 || depth < leafDepth, list(depth: depth + 1) else { return false }
            } else {
                if leafDepth < 0 { leafDepth = depth }
                guard depth == leafDepth, let value = value(column: count)
                else { return false }
                values.append(value)
            }
            count += 1
        } while cursor.take(UInt8(ascii: ","))
        guard cursor.take(UInt8(ascii: "]")), lengths[depth] < 0 || lengths[depth] == count else { return false }
        lengths[depth] = count
        return true
    }
}

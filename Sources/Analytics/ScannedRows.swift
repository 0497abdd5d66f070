import CDuckDB

/// Some rows of a ``TableScan``, in DuckDB's memory.
// Unchecked: the chunk is this object's alone, made by the engine and destroyed in `deinit`, before its connection, which
// it keeps alive; nothing writes it after it was fetched, and its memory is counted atomically by the engine. The
// connection is only kept here, never asked: that is for the actor that opened it.
package final class ScannedRows: @unchecked Sendable {
    private let connection: DuckDBConnection
    private let chunk: CDuckDBChunk
    private let functions: CDuckDBFunctions
    private let types: [VectorType]
    private let names: [String]
    /// How many rows there are, at most 2,048.
    package let count: Int

    init(_ chunk: CDuckDBChunk, of result: DuckDBResult, on connection: DuckDBConnection) {
        self.chunk = chunk
        self.connection = connection
        functions = result.functions
        let columns = 0..<result.functions.column_count(&result.value)
        types = columns.map(result.type)
        names = columns.map(result.name)
        count = Int(result.functions.data_chunk_get_size(chunk))
    }

    deinit {
        var handle: CDuckDBChunk? = chunk
        functions.destroy_data_chunk(&handle)
    }

    /// The vector of the column numbered `index`.
    func vector(_ index: Int) throws(AnalyticsError) -> CDuckDBVector {
        guard let vector = functions.data_chunk_get_vector(chunk, UInt64(index)) else {
            throw AnalyticsError(.failed, "DuckDB gave a chunk without column \(index)")
        }
        return vector
    }

    /// The values of the column numbered `index`, in the order of the scan's columns.
    ///
    /// - Throws: ``AnalyticsError``.
    package func column(_ index: Int) throws -> Column {
        var builder = ColumnBuilder(name: names[index], type: types[index])
        let vector = try vector(index)
        let validity = validity(of: vector)
        guard builder.isRead, let data = functions.vector_get_data(vector) else {
            builder.append(unread: validity)
            return builder.column
        }
        builder.append(FlatVector(data: data, validity: validity))
        return builder.column
    }

    /// About how many bytes the columns numbered `indices` take; the same whenever the file is read.
    ///
    /// - Throws: ``AnalyticsError``.
    package func sizeBytes(of indices: [Int]) throws -> Int {
        try indices.reduce(0) { try $0 + sizeBytes(of: $1) }
    }

    private func sizeBytes(of index: Int) throws(AnalyticsError) -> Int {
        let vector = try vector(index)
        let size = count * MemoryLayout<CDuckDBText>.stride
        switch types[index].number {
        case CDuckDBTypeText, CDuckDBTypeBytes:
            guard let data = functions.vector_get_data(vector) else { return size }
            let flat = FlatVector(data: data, validity: validity(of: vector))
            return flat.map(0) { (value: CDuckDBText) in Int(value.length) }.reduce(size, +)
        case CDuckDBTypeList:
            let elements = Int(clamping: functions.chunks.list_vector_get_size(vector))
            return size + elements * MemoryLayout<CDuckDBText>.stride
        default: return size
        }
    }

    private func validity(of vector: CDuckDBVector) -> VectorValidity {
        VectorValidity(mask: functions.vector_get_validity(vector).map { UnsafePointer($0) }, count: count)
    }

    /// Writes a column of plain numbers as single-precision ones, a missing one as NaN.
    ///
    /// - Parameters:
    ///   - index: the column, in the order of the scan's columns.
    ///   - target: where the first row's number goes; the others follow at a distance of `stride`.
    ///   - stride: the distance, 1 or more.
    ///   - whole: the range of the whole numbers that alone are taken, none of them missing; nil for any number.
    /// - Returns: whether all rows were written; if not, some value is no such number, or beyond single precision.
    /// - Throws: ``AnalyticsError``.
    package func writeFloats(
        of index: Int,
        to target: UnsafeMutablePointer<Float>,
        stride: Int,
        whole: ClosedRange<Double>?
    ) throws -> Bool {
        let vector = try vector(index)
        guard let data = functions.vector_get_data(vector) else { return false }
        let flat = FlatVector(data: data, validity: validity(of: vector))
        let place = FloatPlace(target: target, stride: stride, whole: whole)
        switch types[index].number {
        case CDuckDBTypeFloat where whole == nil: return place.write(flat) { (value: Float) in Double(value) }
        case CDuckDBTypeDouble where whole == nil: return place.write(flat) { (value: Double) in value }
        case CDuckDBTypeInt8: return place.write(flat) { (value: Int8) in Double(value) }
        case CDuckDBTypeInt16: return place.write(flat) { (value: Int16) in Double(value) }
        case CDuckDBTypeInt32: return place.write(flat) { (value: Int32) in Double(value) }
        case CDuckDBTypeInt64: return place.write(flat) { (value: Int64) in Double(value) }
        case CDuckDBTypeUInt8: return place.write(flat) { (value: UInt8) in Double(value) }
        case CDuckDBTypeUInt16: return place.write(flat) { (value: UInt16) in Double(value) }
        case CDuckDBTypeUInt32: return place.write(flat) { (value: UInt32) in Double(value) }
        default: return false
        }
    }
}

/// Where numbers of a column go, row by row.
private struct FloatPlace {
    let target: UnsafeMutablePointer<Float>
    let stride: Int
    let whole: ClosedRange<Double>?

    func write<Source>(_ vector: FlatVector, _ double: (Source) -> Double) -> Bool {
        let source = vector.data.assumingMemoryBound(to: Source.self)
        let validity = vector.validity
        var place = target
        for row in 0..<validity.count {
            if validity.isMissing(row) {
                guard whole == nil else { return false }
                place.pointee = .nan
            } else {
                let value = double(source[row])
                let single = Float(value)
                guard single.isFinite || !value.isFinite, whole?.contains(value) ?? true else { return false }
                place.pointee = single
            }
            place += stride
        }
        return true
    }
}

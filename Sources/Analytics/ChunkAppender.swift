import CDuckDB

// Appender and types are made in `init` and destroyed in `deinit`, before their connection, which they keep alive.

/// Adds whole chunks to a table.
final class ChunkAppender {
    private let connection: DuckDBConnection
    private var handle: CDuckDBAppender?
    private var types: [CDuckDBLogicalType?] = []
    private var functions: CDuckDBFunctions { connection.functions }

    /// An appender to `table`, which has so many columns.
    init(_ table: String, columns: Int, on connection: DuckDBConnection) throws(AnalyticsError) {
        self.connection = connection
        try check(connection.functions.appender_create(connection.handle, nil, table, &handle))
        guard let handle else { throw AnalyticsError(.failed, "DuckDB gave no appender") }
        types = (0..<columns).map { functions.chunks.appender_column_type(handle, UInt64($0)) }
    }

    deinit {
        for index in types.indices { functions.destroy_logical_type(&types[index]) }
        _ = functions.appender_destroy(&handle)
    }

    /// Adds rows: some columns of `rows` by reference, the others by value.
    func append(_ rows: ScannedRows, kept: [Int], written: [WrittenValues], missing: [[Bool]?]) throws(AnalyticsError) {
        let count = UInt64(types.count)
        var made = functions.chunks.create_data_chunk(&types, count)
        defer { functions.destroy_data_chunk(&made) }
        guard let handle, let chunk = made else { throw AnalyticsError(.failed, "DuckDB made no chunk") }
        for (place, column) in kept.enumerated() {
            functions.chunks.vector_reference_vector(try vector(place, of: chunk), try rows.vector(column))
        }
        for (place, values) in written.enumerated() {
            let vector = try vector(kept.count + place, of: chunk)
            try write(values, count: rows.count, to: vector)
            if let flags = missing[place] { mark(flags, in: vector) }
        }
        functions.chunks.data_chunk_set_size(chunk, UInt64(rows.count))
        try check(functions.chunks.append_data_chunk(handle, chunk))
    }

    /// Makes the rows part of the table.
    func finish() throws(AnalyticsError) {
        guard let handle else { return }
        try check(functions.appender_flush(handle))
    }

    private func vector(_ index: Int, of chunk: CDuckDBChunk) throws(AnalyticsError) -> CDuckDBVector {
        guard let vector = functions.data_chunk_get_vector(chunk, UInt64(index)) else {
            throw AnalyticsError(.failed, "DuckDB made a chunk without column \(index)")
        }
        return vector
    }

    private func write(_ values: WrittenValues, count: Int, to vector: CDuckDBVector) throws(AnalyticsError) {
        switch values {
        case .floats(let values): try copy(values, count, to: vector)
        case .doubles(let values): try copy(values, count, to: vector)
        case .integers(let values): try copy(values, count, to: vector)
        case .unsigned(let values): try copy(values, count, to: vector)
        case .booleans(let values): try copy(values.map { $0 ? 1 as UInt8 : 0 }, count, to: vector)
        case .texts(let values):
            precondition(values.count == count, "a value for each row")
            for (row, value) in values.enumerated() {
                functions.chunks.vector_assign_string_element_len(vector, UInt64(row), value, UInt64(value.utf8.count))
            }
        }
    }

    private func copy<Value: BitwiseCopyable>(_ values: [Value], _ count: Int, to vector: CDuckDBVector)
        throws(AnalyticsError)
    {
        precondition(values.count == count, "a value for each row")
        guard let data = functions.vector_get_data(vector) else {
            throw AnalyticsError(.failed, "DuckDB made a column without memory")
        }
        values.withUnsafeBytes { data.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(data), byteCount: $0.count) }
    }

    private func mark(_ missing: [Bool], in vector: CDuckDBVector) {
        functions.chunks.vector_ensure_validity_writable(vector)
        guard let mask = functions.vector_get_validity(vector) else { return }
        for (row, isMissing) in missing.enumerated() where isMissing { mask[row / 64] &= ~(1 << UInt64(row % 64)) }
    }

    private func check(_ state: Int32) throws(AnalyticsError) {
        guard state != CDuckDBSuccess else { return }
        let reason = functions.appender_error(handle).map { String(cString: $0) }
        throw AnalyticsError(.failed, reason ?? "DuckDB gave no reason")
    }
}

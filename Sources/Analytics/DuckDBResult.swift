import CDuckDB

// The value is filled by the statement that ran and destroyed in `deinit`; names and chunks live as long as it does.

/// What a statement gave.
final class DuckDBResult {
    let functions: CDuckDBFunctions
    var value = CDuckDBResult()

    /// A result that nothing has been put into yet.
    init(functions: CDuckDBFunctions) {
        self.functions = functions
    }

    deinit {
        functions.destroy_result(&value)
    }

    /// DuckDB's reason, when this came of a failure, under the code that callers tell apart.
    var failure: AnalyticsError {
        let message = functions.result_error(&value).map { String(cString: $0) } ?? "DuckDB gave no reason"
        switch Int(functions.result_error_type(&value)) {
        case CDuckDBErrorOutOfMemory: return AnalyticsError(.outOfMemory, message)
        case CDuckDBErrorIO, CDuckDBErrorPermission: return AnalyticsError(.fileUnavailable, message)
        case CDuckDBErrorFatal, CDuckDBErrorInternal: return AnalyticsError(.engineBroken, message)
        default: return AnalyticsError(.failed, message)
        }
    }

    /// The next rows; nil at the end.
    ///
    /// - Throws: what went wrong while a streaming statement went on.
    func next() throws(AnalyticsError) -> CDuckDBChunk? {
        if let chunk = functions.fetch_chunk(value) { return chunk }
        if functions.result_error(&value) != nil { throw failure }
        return nil
    }

    /// Reads all rows, once.
    ///
    /// - Throws: `resultTooLarge` when rows times columns are more than `valuesMax`.
    func columns(valuesMax: Int) throws(AnalyticsError) -> [Column] {
        var builders = (0..<functions.column_count(&value)).map(builder)
        var valueCount = 0
        while let chunk = functions.fetch_chunk(value) {
            defer { destroy(chunk) }
            let rows = Int(functions.data_chunk_get_size(chunk))
            if rows == 0 { break }
            valueCount += rows * builders.count
            guard valueCount <= valuesMax else {
                throw AnalyticsError(.resultTooLarge, "the result has more than \(valuesMax) values")
            }
            for index in builders.indices { try append(index, of: chunk, rows: rows, to: &builders[index]) }
        }
        return builders.map(\.column)
    }

    private func append(
        _ index: Int,
        of chunk: CDuckDBChunk,
        rows: Int,
        to builder: inout ColumnBuilder
    ) throws(AnalyticsError) {
        guard let vector = functions.data_chunk_get_vector(chunk, UInt64(index)) else {
            throw AnalyticsError(.failed, "DuckDB gave a chunk without column \(index)")
        }
        let mask = functions.vector_get_validity(vector).map { UnsafePointer($0) }
        let validity = VectorValidity(mask: mask, count: rows)
        // A structure, for instance, has no data of its own.
        guard builder.isRead else { return builder.append(unread: validity) }
        guard let data = functions.vector_get_data(vector) else {
            throw AnalyticsError(.failed, "DuckDB gave column \(index) without values")
        }
        builder.append(FlatVector(data: data, validity: validity))
    }

    private func builder(_ index: UInt64) -> ColumnBuilder {
        ColumnBuilder(name: name(index), type: type(index))
    }

    /// The name of a column.
    func name(_ index: UInt64) -> String {
        functions.column_name(&value, index).map { String(cString: $0) } ?? ""
    }

    /// The type of a column's vectors.
    func type(_ index: UInt64) -> VectorType {
        var type = VectorType(number: Int(functions.column_type(&value, index)))
        if type.number == CDuckDBTypeDecimal {
            var logicalType = functions.column_logical_type(&value, index)
            if let logicalType {
                type.digits = Int(functions.decimal_internal_type(logicalType))
                for _ in 0..<functions.decimal_scale(logicalType) { type.divisor *= 10 }
            }
            functions.destroy_logical_type(&logicalType)
        }
        return type
    }

    private func destroy(_ chunk: CDuckDBChunk) {
        var handle: CDuckDBChunk? = chunk
        functions.destroy_data_chunk(&handle)
    }
}

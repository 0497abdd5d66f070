import CDuckDB
import NativeLibraries

/// DuckDB's functions, found by name in the library that the catalog opens.
///
/// The library stays loaded until the process ends, and so do the addresses.
enum DuckDBLibrary {
    /// - Throws: `libraryUnavailable` with what is missing and the command that gets it.
    static func load(from catalog: NativeLibraryCatalog) throws(AnalyticsError) -> CDuckDBFunctions {
        do {
            return try functions(of: catalog.open(.duckDB))
        } catch {
            throw AnalyticsError(.libraryUnavailable, error.description)
        }
    }

    private static func functions(of library: NativeLibrary) throws(NativeLibraryError) -> CDuckDBFunctions {
        func find<Function>(_ name: String) throws(NativeLibraryError) -> Function {
            try library.symbol(name, as: Function.self)
        }
        return try CDuckDBFunctions(
            free: find("duckdb_free"),
            create_config: find("duckdb_create_config"),
            set_config: find("duckdb_set_config"),
            destroy_config: find("duckdb_destroy_config"),
            open_ext: find("duckdb_open_ext"),
            close: find("duckdb_close"),
            connect: find("duckdb_connect"),
            disconnect: find("duckdb_disconnect"),
            prepare: find("duckdb_prepare"),
            prepare_error: find("duckdb_prepare_error"),
            destroy_prepare: find("duckdb_destroy_prepare"),
            bind_null: find("duckdb_bind_null"),
            bind_boolean: find("duckdb_bind_boolean"),
            bind_int64: find("duckdb_bind_int64"),
            bind_double: find("duckdb_bind_double"),
            bind_varchar_length: find("duckdb_bind_varchar_length"),
            pending_prepared: find("duckdb_pending_prepared"),
            pending_prepared_streaming: find("duckdb_pending_prepared_streaming"),
            pending_execute_task: find("duckdb_pending_execute_task"),
            pending_error: find("duckdb_pending_error"),
            execute_pending: find("duckdb_execute_pending"),
            destroy_pending: find("duckdb_destroy_pending"),
            result_error: find("duckdb_result_error"),
            result_error_type: find("duckdb_result_error_type"),
            destroy_result: find("duckdb_destroy_result"),
            column_count: find("duckdb_column_count"),
            column_name: find("duckdb_column_name"),
            column_type: find("duckdb_column_type"),
            column_logical_type: find("duckdb_column_logical_type"),
            destroy_logical_type: find("duckdb_destroy_logical_type"),
            decimal_scale: find("duckdb_decimal_scale"),
            decimal_internal_type: find("duckdb_decimal_internal_type"),
            fetch_chunk: find("duckdb_fetch_chunk"),
            destroy_data_chunk: find("duckdb_destroy_data_chunk"),
            data_chunk_get_size: find("duckdb_data_chunk_get_size"),
            data_chunk_get_vector: find("duckdb_data_chunk_get_vector"),
            vector_get_data: find("duckdb_vector_get_data"),
            vector_get_validity: find("duckdb_vector_get_validity"),
            appender_create: find("duckdb_appender_create"),
            appender_error: find("duckdb_appender_error"),
            append_null: find("duckdb_append_null"),
            append_bool: find("duckdb_append_bool"),
            append_int64: find("duckdb_append_int64"),
            append_double: find("duckdb_append_double"),
            append_timestamp: find("duckdb_append_timestamp"),
            append_varchar_length: find("duckdb_append_varchar_length"),
            appender_end_row: find("duckdb_appender_end_row"),
            appender_flush: find("duckdb_appender_flush"),
            appender_destroy: find("duckdb_appender_destroy"),
            chunks: chunkFunctions(of: library)
        )
    }

    private static func chunkFunctions(of library: NativeLibrary) throws(NativeLibraryError) -> CDuckDBChunkFunctions {
        func find<Function>(_ name: String) throws(NativeLibraryError) -> Function {
            try library.symbol(name, as: Function.self)
        }
        return try CDuckDBChunkFunctions(
            create_data_chunk: find("duckdb_create_data_chunk"),
            data_chunk_set_size: find("duckdb_data_chunk_set_size"),
            vector_ensure_validity_writable: find("duckdb_vector_ensure_validity_writable"),
            vector_assign_string_element_len: find("duckdb_vector_assign_string_element_len"),
            list_vector_get_size: find("duckdb_list_vector_get_size"),
            vector_reference_vector: find("duckdb_vector_reference_vector"),
            appender_column_type: find("duckdb_appender_column_type"),
            append_data_chunk: find("duckdb_append_data_chunk")
        )
    }
}

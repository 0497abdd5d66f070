// The functions of DuckDB's C interface that the room Analytics calls, for release 2.0.
//
// Nothing here is linked: the library is opened at run time, and the addresses of its functions are put into
// CDuckDBFunctions by name (the field `open_ext` is the function `duckdb_open_ext`).

#ifndef CDUCKDB_H
#define CDUCKDB_H

#include <stdbool.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef struct CDuckDBConfigObject *CDuckDBConfig;
typedef struct CDuckDBDatabaseObject *CDuckDBDatabase;
typedef struct CDuckDBConnectionObject *CDuckDBConnection;
typedef struct CDuckDBStatementObject *CDuckDBStatement;
typedef struct CDuckDBPendingObject *CDuckDBPending;
typedef struct CDuckDBChunkObject *CDuckDBChunk;
typedef struct CDuckDBVectorObject *CDuckDBVector;
typedef struct CDuckDBLogicalTypeObject *CDuckDBLogicalType;
typedef struct CDuckDBAppenderObject *CDuckDBAppender;

/// A result; the first five words belong to functions that are no longer to be used.
typedef struct CDuckDBResult {
    uint64_t unused[5];
    void *_Nullable internal;
} CDuckDBResult;

/// A whole number of 128 bits: upper · 2^64 + lower, upper signed or not as the type says.
typedef struct CDuckDBHugeInteger {
    uint64_t lower;
    uint64_t upper;
} CDuckDBHugeInteger;

/// A text in a vector: up to 12 bytes lie after the length, longer ones where `rest` points.
typedef struct CDuckDBText {
    uint32_t length;
    char prefix[4];
    const char *_Nullable rest;
} CDuckDBText;

/// Microseconds since 1970.
typedef struct CDuckDBTimestamp {
    int64_t microseconds;
} CDuckDBTimestamp;

/// What a function that can fail returns.
enum { CDuckDBSuccess = 0, CDuckDBFailure = 1 };

/// How far a pending query is after one of its tasks.
enum { CDuckDBPendingReady = 0, CDuckDBPendingNotReady = 1, CDuckDBPendingFailed = 2, CDuckDBPendingNoTasks = 3 };

/// Kinds of failure that are told apart.
enum {
    CDuckDBErrorIO = 28,
    CDuckDBErrorFatal = 30,
    CDuckDBErrorInternal = 31,
    CDuckDBErrorOutOfMemory = 33,
    CDuckDBErrorPermission = 34,
};

/// Types of columns that are read.
enum {
    CDuckDBTypeBoolean = 1,
    CDuckDBTypeInt8 = 2,
    CDuckDBTypeInt16 = 3,
    CDuckDBTypeInt32 = 4,
    CDuckDBTypeInt64 = 5,
    CDuckDBTypeUInt8 = 6,
    CDuckDBTypeUInt16 = 7,
    CDuckDBTypeUInt32 = 8,
    CDuckDBTypeUInt64 = 9,
    CDuckDBTypeFloat = 10,
    CDuckDBTypeDouble = 11,
    CDuckDBTypeTimestamp = 12,
    CDuckDBTypeDate = 13,
    CDuckDBTypeInt128 = 16,
    CDuckDBTypeText = 17,
    CDuckDBTypeBytes = 18,
    CDuckDBTypeDecimal = 19,
    CDuckDBTypeTimestampSeconds = 20,
    CDuckDBTypeTimestampMilliseconds = 21,
    CDuckDBTypeTimestampNanoseconds = 22,
    CDuckDBTypeList = 24,
    CDuckDBTypeTimestampZoned = 31,
    CDuckDBTypeUInt128 = 32,
};

/// Those that make chunks and append them whole.
typedef struct CDuckDBChunkFunctions {
    CDuckDBChunk _Nullable (*_Nonnull create_data_chunk)(CDuckDBLogicalType _Nullable *_Nonnull types, uint64_t count);
    void (*_Nonnull data_chunk_set_size)(CDuckDBChunk chunk, uint64_t size);
    void (*_Nonnull vector_ensure_validity_writable)(CDuckDBVector vector);
    void (*_Nonnull vector_assign_string_element_len)(CDuckDBVector vector, uint64_t index, const char *text,
                                                      uint64_t length);
    uint64_t (*_Nonnull list_vector_get_size)(CDuckDBVector vector);
    void (*_Nonnull vector_reference_vector)(CDuckDBVector to, CDuckDBVector from);
    CDuckDBLogicalType _Nullable (*_Nonnull appender_column_type)(CDuckDBAppender appender, uint64_t column);
    int (*_Nonnull append_data_chunk)(CDuckDBAppender appender, CDuckDBChunk chunk);
} CDuckDBChunkFunctions;

/// The functions, each named as in DuckDB without `duckdb_`. Those that return `int` say success or failure, but for
/// the ones whose name says what the number is.
typedef struct CDuckDBFunctions {
    void (*_Nonnull free)(void *_Nullable memory);

    int (*_Nonnull create_config)(CDuckDBConfig _Nullable *_Nonnull config);
    int (*_Nonnull set_config)(CDuckDBConfig config, const char *name, const char *value);
    void (*_Nonnull destroy_config)(CDuckDBConfig _Nullable *_Nonnull config);
    int (*_Nonnull open_ext)(const char *_Nullable path, CDuckDBDatabase _Nullable *_Nonnull database,
                             CDuckDBConfig config, char *_Nullable *_Nonnull error);
    void (*_Nonnull close)(CDuckDBDatabase _Nullable *_Nonnull database);
    int (*_Nonnull connect)(CDuckDBDatabase database, CDuckDBConnection _Nullable *_Nonnull connection);
    void (*_Nonnull disconnect)(CDuckDBConnection _Nullable *_Nonnull connection);

    int (*_Nonnull prepare)(CDuckDBConnection connection, const char *sql,
                            CDuckDBStatement _Nullable *_Nonnull statement);
    const char *_Nullable (*_Nonnull prepare_error)(CDuckDBStatement _Nullable statement);
    void (*_Nonnull destroy_prepare)(CDuckDBStatement _Nullable *_Nonnull statement);
    int (*_Nonnull bind_null)(CDuckDBStatement statement, uint64_t number);
    int (*_Nonnull bind_boolean)(CDuckDBStatement statement, uint64_t number, bool value);
    int (*_Nonnull bind_int64)(CDuckDBStatement statement, uint64_t number, int64_t value);
    int (*_Nonnull bind_double)(CDuckDBStatement statement, uint64_t number, double value);
    int (*_Nonnull bind_varchar_length)(CDuckDBStatement statement, uint64_t number, const char *value,
                                        uint64_t length);

    int (*_Nonnull pending_prepared)(CDuckDBStatement statement, CDuckDBPending _Nullable *_Nonnull pending);
    int (*_Nonnull pending_prepared_streaming)(CDuckDBStatement statement, CDuckDBPending _Nullable *_Nonnull pending);
    int (*_Nonnull pending_execute_task)(CDuckDBPending pending);
    const char *_Nullable (*_Nonnull pending_error)(CDuckDBPending _Nullable pending);
    int (*_Nonnull execute_pending)(CDuckDBPending pending, CDuckDBResult *result);
    void (*_Nonnull destroy_pending)(CDuckDBPending _Nullable *_Nonnull pending);

    const char *_Nullable (*_Nonnull result_error)(CDuckDBResult *result);
    int (*_Nonnull result_error_type)(CDuckDBResult *result);
    void (*_Nonnull destroy_result)(CDuckDBResult *result);
    uint64_t (*_Nonnull column_count)(CDuckDBResult *result);
    const char *_Nullable (*_Nonnull column_name)(CDuckDBResult *result, uint64_t column);
    int (*_Nonnull column_type)(CDuckDBResult *result, uint64_t column);
    CDuckDBLogicalType _Nullable (*_Nonnull column_logical_type)(CDuckDBResult *result, uint64_t column);
    void (*_Nonnull destroy_logical_type)(CDuckDBLogicalType _Nullable *_Nonnull type);
    uint8_t (*_Nonnull decimal_scale)(CDuckDBLogicalType type);
    int (*_Nonnull decimal_internal_type)(CDuckDBLogicalType type);

    CDuckDBChunk _Nullable (*_Nonnull fetch_chunk)(CDuckDBResult result);
    void (*_Nonnull destroy_data_chunk)(CDuckDBChunk _Nullable *_Nonnull chunk);
    uint64_t (*_Nonnull data_chunk_get_size)(CDuckDBChunk chunk);
    CDuckDBVector _Nullable (*_Nonnull data_chunk_get_vector)(CDuckDBChunk chunk, uint64_t column);
    void *_Nullable (*_Nonnull vector_get_data)(CDuckDBVector vector);
    uint64_t *_Nullable (*_Nonnull vector_get_validity)(CDuckDBVector vector);

    int (*_Nonnull appender_create)(CDuckDBConnection connection, const char *_Nullable schema, const char *table,
                                    CDuckDBAppender _Nullable *_Nonnull appender);
    const char *_Nullable (*_Nonnull appender_error)(CDuckDBAppender _Nullable appender);
    int (*_Nonnull append_null)(CDuckDBAppender appender);
    int (*_Nonnull append_bool)(CDuckDBAppender appender, bool value);
    int (*_Nonnull append_int64)(CDuckDBAppender appender, int64_t value);
    int (*_Nonnull append_double)(CDuckDBAppender appender, double value);
    int (*_Nonnull append_timestamp)(CDuckDBAppender appender, CDuckDBTimestamp value);
    int (*_Nonnull append_varchar_length)(CDuckDBAppender appender, const char *value, uint64_t length);
    int (*_Nonnull appender_end_row)(CDuckDBAppender appender);
    int (*_Nonnull appender_flush)(CDuckDBAppender appender);
    int (*_Nonnull appender_destroy)(CDuckDBAppender _Nullable *_Nonnull appender);

    CDuckDBChunkFunctions chunks;
} CDuckDBFunctions;

#pragma clang assume_nonnull end

#endif

// ONNX Runtime's C API, as far as Martlet calls it: opaque objects, and one typed function for each slot used.
//
// The library gives one table of function pointers that only ever grows at its end (since 1.0), so a function is
// known by its slot number for good. All slots below exist since 1.24, which is what OrtGetApi is to be asked for.
// Functions that return OrtStatus give null on success; any other status is released by the caller.
// Shapes are int64_t in the library; here they are ptrdiff_t, which is as wide and is Swift's Int.
#ifndef MARTLET_CONNXRUNTIME_H
#define MARTLET_CONNXRUNTIME_H

#include <malloc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef struct OrtApi OrtApi;
typedef struct OrtStatus OrtStatus;
typedef struct OrtEnv OrtEnv;
typedef struct OrtSessionOptions OrtSessionOptions;
typedef struct OrtSession OrtSession;
typedef struct OrtRunOptions OrtRunOptions;
typedef struct OrtAllocator OrtAllocator;
typedef struct OrtMemoryInfo OrtMemoryInfo;
typedef struct OrtValue OrtValue;
typedef struct OrtModelMetadata OrtModelMetadata;
typedef struct OrtTypeInfo OrtTypeInfo;
typedef struct OrtTensorTypeAndShapeInfo OrtTensorTypeAndShapeInfo;
typedef struct OrtSequenceTypeInfo OrtSequenceTypeInfo;
typedef struct OrtMapTypeInfo OrtMapTypeInfo;

/// What `OrtGetApiBase`, the library's one entry, gives.
typedef struct OrtApiBase {
    const OrtApi *_Nullable (*_Nonnull get_api)(uint32_t version);
    const char *_Nonnull (*_Nonnull version)(void);
} OrtApiBase;

enum { ORTApiVersion = 24 };
enum { ORTSeverityWarning = 2, ORTSeverityError = 3 };
enum { ORTKindTensor = 1, ORTKindSequence = 2, ORTKindMap = 3 };
enum { ORTAllocatorDevice = 0, ORTAllocatorArena = 1, ORTMemoryDefault = 0 };
enum { ORTOptimizeAll = 99 };

typedef void (*OrtLogger)(
    void *_Nullable context, int32_t severity, const char *category, const char *log_id, const char *location,
    const char *message);

// CALL(result, slot, (parameter types)) is the function in a slot of `api`.
#define CALL(result, slot, types) ((result(*) types)((const void *const *)api)[slot])
#define STATUS static inline OrtStatus *_Nullable

// Status

static inline int32_t ORTErrorCode(const OrtApi *api, const OrtStatus *status) {
    return CALL(int32_t, 1, (const OrtStatus *))(status);
}
/// Borrowed: it dies with the status.
static inline const char *ORTErrorMessage(const OrtApi *api, const OrtStatus *status) {
    return CALL(const char *, 2, (const OrtStatus *))(status);
}
static inline void ORTReleaseStatus(const OrtApi *api, OrtStatus *status) { CALL(void, 93, (OrtStatus *))(status); }

// Environment and memory

STATUS ORTCreateEnv(
    const OrtApi *api, OrtLogger logger, void *context, int32_t severity, const char *log_id,
    OrtEnv *_Nullable *_Nonnull out) {
    return CALL(OrtStatus *, 4, (OrtLogger, void *, int32_t, const char *, OrtEnv **))(
        logger, context, severity, log_id, out);
}
/// The process-wide allocator, never released.
STATUS ORTGetAllocator(const OrtApi *api, OrtAllocator *_Nullable *_Nonnull out) {
    return CALL(OrtStatus *, 78, (OrtAllocator **))(out);
}
STATUS ORTAllocatorFree(const OrtApi *api, OrtAllocator *allocator, void *pointer) {
    return CALL(OrtStatus *, 76, (OrtAllocator *, void *))(allocator, pointer);
}
STATUS ORTCreateCpuMemoryInfo(
    const OrtApi *api, int32_t allocator_type, int32_t memory_type, OrtMemoryInfo *_Nullable *_Nonnull out) {
    return CALL(OrtStatus *, 69, (int32_t, int32_t, OrtMemoryInfo **))(allocator_type, memory_type, out);
}
/// Used by sessions with `session.use_env_allocators` for tensors in its kind of memory; must stay where it is.
STATUS ORTRegisterAllocator(const OrtApi *api, OrtEnv *env, void *allocator) {
    return CALL(OrtStatus *, 176, (OrtEnv *, void *))(env, allocator);
}

// Session options

STATUS ORTCreateSessionOptions(const OrtApi *api, OrtSessionOptions *_Nullable *_Nonnull out) {
    return CALL(OrtStatus *, 10, (OrtSessionOptions **))(out);
}
static inline void ORTReleaseSessionOptions(const OrtApi *api, OrtSessionOptions *options) {
    CALL(void, 100, (OrtSessionOptions *))(options);
}
STATUS ORTDisableMemPattern(const OrtApi *api, OrtSessionOptions *options) {
    return CALL(OrtStatus *, 17, (OrtSessionOptions *))(options);
}
STATUS ORTSetSessionLogSeverity(const OrtApi *api, OrtSessionOptions *options, int32_t severity) {
    return CALL(OrtStatus *, 22, (OrtSessionOptions *, int32_t))(options, severity);
}
STATUS ORTSetOptimizationLevel(const OrtApi *api, OrtSessionOptions *options, int32_t level) {
    return CALL(OrtStatus *, 23, (OrtSessionOptions *, int32_t))(options, level);
}
STATUS ORTSetIntraOpThreads(const OrtApi *api, OrtSessionOptions *options, int32_t count) {
    return CALL(OrtStatus *, 24, (OrtSessionOptions *, int32_t))(options, count);
}
STATUS ORTAddSessionConfigEntry(
    const OrtApi *api, OrtSessionOptions *options, const char *key, const char *value) {
    return CALL(OrtStatus *, 130, (OrtSessionOptions *, const char *, const char *))(options, key, value);
}

// Session

STATUS ORTCreateSession(
    const OrtApi *api, OrtEnv *env, const char *path, const OrtSessionOptions *options,
    OrtSession *_Nullable *_Nonnull out) {
    return CALL(OrtStatus *, 7, (OrtEnv *, const char *, const OrtSessionOptions *, OrtSession **))(
        env, path, options, out);
}
STATUS ORTCreateSessionFromBytes(
    const OrtApi *api, OrtEnv *env, const void *bytes, size_t count, const OrtSessionOptions *options,
    OrtSession *_Nullable *_Nonnull out) {
    return CALL(OrtStatus *, 8, (OrtEnv *, const void *, size_t, const OrtSessionOptions *, OrtSession **))(
        env, bytes, count, options, out);
}
static inline void ORTReleaseSession(const OrtApi *api, OrtSession *session) {
    CALL(void, 95, (OrtSession *))(session);
}
STATUS ORTInputCount(const OrtApi *api, const OrtSession *session, size_t *out) {
    return CALL(OrtStatus *, 30, (const OrtSession *, size_t *))(session, out);
}
STATUS ORTOutputCount(const OrtApi *api, const OrtSession *session, size_t *out) {
    return CALL(OrtStatus *, 31, (const OrtSession *, size_t *))(session, out);
}
/// The type is the caller's to release.
STATUS ORTInputType(
    const OrtApi *api, const OrtSession *session, size_t index, OrtTypeInfo *_Nullable *_Nonnull out) {
    return CALL(OrtStatus *, 33, (const OrtSession *, size_t, OrtTypeInfo **))(session, index, out);
}
STATUS ORTOutputType(
    const OrtApi *api, const OrtSession *session, size_t index, OrtTypeInfo *_Nullable *_Nonnull out) {
    return CALL(OrtStatus *, 34, (const OrtSession *, size_t, OrtTypeInfo **))(session, index, out);
}
/// The name is the caller's to free with the allocator.
STATUS ORTInputName(
    const OrtApi *api, const OrtSession *session, size_t index, OrtAllocator *allocator,
    char *_Nullable *_Nonnull out) {
    return CALL(OrtStatus *, 36, (const OrtSession *, size_t, OrtAllocator *, char **))(
        session, index, allocator, out);
}
STATUS ORTOutputName(
    const OrtApi *api, const OrtSession *session, size_t index, OrtAllocator *allocator,
    char *_Nullable *_Nonnull out) {
    return CALL(OrtStatus *, 37, (const OrtSession *, size_t, OrtAllocator *, char **))(
        session, index, allocator, out);
}

// Run

STATUS ORTCreateRunOptions(const OrtApi *api, OrtRunOptions *_Nullable *_Nonnull out) {
    return CALL(OrtStatus *, 39, (OrtRunOptions **))(out);
}
static inline void ORTReleaseRunOptions(const OrtApi *api, OrtRunOptions *options) {
    CALL(void, 97, (OrtRunOptions *))(options);
}
/// From any thread: the run that has these options, and all later ones, end before their next operator.
STATUS ORTSetTerminate(const OrtApi *api, OrtRunOptions *options) {
    return CALL(OrtStatus *, 46, (OrtRunOptions *))(options);
}
STATUS ORTUnsetTerminate(const OrtApi *api, OrtRunOptions *options) {
    return CALL(OrtStatus *, 47, (OrtRunOptions *))(options);
}
/// Thread-safe, each run with options of its own. Outputs that are null on entry are made by the library and the
/// caller's to release.
STATUS ORTRun(
    const OrtApi *api, OrtSession *session, const OrtRunOptions *options,
    const char *_Nullable const *_Nonnull input_names, const OrtValue *_Nullable const *_Nonnull inputs,
    size_t input_count, const char *_Nullable const *_Nonnull output_names, size_t output_count,
    OrtValue *_Nullable *_Nonnull outputs) {
    return CALL(
        OrtStatus *, 9,
        (OrtSession *, const OrtRunOptions *, const char *const *, const OrtValue *const *, size_t,
         const char *const *, size_t, OrtValue **))(
        session, options, input_names, inputs, input_count, output_names, output_count, outputs);
}

// Types

STATUS ORTTypeKind(const OrtApi *api, const OrtTypeInfo *type, int32_t *out) {
    return CALL(OrtStatus *, 56, (const OrtTypeInfo *, int32_t *))(type, out);
}
static inline void ORTReleaseTypeInfo(const OrtApi *api, OrtTypeInfo *type) { CALL(void, 98, (OrtTypeInfo *))(type); }
/// Borrowed from the type, as are the next two.
STATUS ORTTensorInfo(
    const OrtApi *api, const OrtTypeInfo *type, const OrtTensorTypeAndShapeInfo *_Nullable *_Nonnull out) {
    return CALL(OrtStatus *, 55, (const OrtTypeInfo *, const OrtTensorTypeAndShapeInfo **))(type, out);
}
STATUS ORTMapInfo(const OrtApi *api, const OrtTypeInfo *type, const OrtMapTypeInfo *_Nullable *_Nonnull out) {
    return CALL(OrtStatus *, 103, (const OrtTypeInfo *, const OrtMapTypeInfo **))(type, out);
}
STATUS ORTSequenceInfo(
    const OrtApi *api, const OrtTypeInfo *type, const OrtSequenceTypeInfo *_Nullable *_Nonnull out) {
    return CALL(OrtStatus *, 104, (const OrtTypeInfo *, const OrtSequenceTypeInfo **))(type, out);
}
STATUS ORTMapKeyType(const OrtApi *api, const OrtMapTypeInfo *map, int32_t *out) {
    return CALL(OrtStatus *, 105, (const OrtMapTypeInfo *, int32_t *))(map, out);
}
/// The caller's to release, as is the next.
STATUS ORTMapValueType(const OrtApi *api, const OrtMapTypeInfo *map, OrtTypeInfo *_Nullable *_Nonnull out) {
    return CALL(OrtStatus *, 106, (const OrtMapTypeInfo *, OrtTypeInfo **))(map, out);
}
STATUS ORTSequenceElementType(
    const OrtApi *api, const OrtSequenceTypeInfo *sequence, OrtTypeInfo *_Nullable *_Nonnull out) {
    return CALL(OrtStatus *, 107, (const OrtSequenceTypeInfo *, OrtTypeInfo **))(sequence, out);
}
STATUS ORTElementType(const OrtApi *api, const OrtTensorTypeAndShapeInfo *info, int32_t *out) {
    return CALL(OrtStatus *, 60, (const OrtTensorTypeAndShapeInfo *, int32_t *))(info, out);
}
STATUS ORTRank(const OrtApi *api, const OrtTensorTypeAndShapeInfo *info, size_t *out) {
    return CALL(OrtStatus *, 61, (const OrtTensorTypeAndShapeInfo *, size_t *))(info, out);
}
/// Free dimensions are -1.
STATUS ORTDimensions(const OrtApi *api, const OrtTensorTypeAndShapeInfo *info, ptrdiff_t *out, size_t rank) {
    return CALL(OrtStatus *, 62, (const OrtTensorTypeAndShapeInfo *, ptrdiff_t *, size_t))(info, out, rank);
}
/// Tells a scalar from a tensor of unknown rank.
static inline bool ORTHasShape(const OrtApi *api, const OrtTensorTypeAndShapeInfo *info) {
    return CALL(bool, 390, (const OrtTensorTypeAndShapeInfo *))(info);
}

// Values

/// A value over the caller's memory, which outlives it. Not for strings.
STATUS ORTCreateTensorOver(
    const OrtApi *api, const OrtMemoryInfo *memory, void *data, size_t size, const ptrdiff_t *_Nullable shape,
    size_t rank, int32_t element_type, OrtValue *_Nullable *_Nonnull out) {
    return CALL(
        OrtStatus *, 49,
        (const OrtMemoryInfo *, void *, size_t, const ptrdiff_t *, size_t, int32_t, OrtValue **))(
        memory, data, size, shape, rank, element_type, out);
}
/// A value over the library's own memory.
STATUS ORTCreateTensor(
    const OrtApi *api, OrtAllocator *allocator, const ptrdiff_t *_Nullable shape, size_t rank, int32_t element_type,
    OrtValue *_Nullable *_Nonnull out) {
    return CALL(OrtStatus *, 48, (OrtAllocator *, const ptrdiff_t *, size_t, int32_t, OrtValue **))(
        allocator, shape, rank, element_type, out);
}
static inline void ORTReleaseValue(const OrtApi *api, OrtValue *_Nullable value) {
    CALL(void, 96, (OrtValue *))(value);
}
STATUS ORTTensorData(const OrtApi *api, OrtValue *value, void *_Nullable *_Nonnull out) {
    return CALL(OrtStatus *, 51, (OrtValue *, void **))(value, out);
}
/// The shape is borrowed from the value; null when the rank is 0.
STATUS ORTTensorTypeAndShape(
    const OrtApi *api, const OrtValue *value, int32_t *element_type, const ptrdiff_t *_Nullable *_Nonnull shape,
    size_t *rank) {
    return CALL(OrtStatus *, 414, (const OrtValue *, int32_t *, const ptrdiff_t **, size_t *))(
        value, element_type, shape, rank);
}
/// Room for one string of a string tensor; the bytes may hold NUL.
STATUS ORTResizedStringBuffer(
    const OrtApi *api, OrtValue *value, size_t index, size_t size, char *_Nullable *_Nonnull out) {
    return CALL(OrtStatus *, 252, (OrtValue *, size_t, size_t, char **))(value, index, size, out);
}
STATUS ORTStringDataSize(const OrtApi *api, const OrtValue *value, size_t *out) {
    return CALL(OrtStatus *, 53, (const OrtValue *, size_t *))(value, out);
}
/// All strings end to end, without terminators, and where each begins.
STATUS ORTStringContent(
    const OrtApi *api, const OrtValue *value, void *bytes, size_t size, size_t *offsets, size_t count) {
    return CALL(OrtStatus *, 54, (const OrtValue *, void *, size_t, size_t *, size_t))(
        value, bytes, size, offsets, count);
}
/// The length of a sequence; 2 for a map.
STATUS ORTValueCount(const OrtApi *api, const OrtValue *value, size_t *out) {
    return CALL(OrtStatus *, 81, (const OrtValue *, size_t *))(value, out);
}
/// An element of a sequence, or of a map its keys (0) or values (1); the caller's to release.
STATUS ORTGetValue(
    const OrtApi *api, const OrtValue *value, int32_t index, OrtAllocator *allocator,
    OrtValue *_Nullable *_Nonnull out) {
    return CALL(OrtStatus *, 80, (const OrtValue *, int32_t, OrtAllocator *, OrtValue **))(
        value, index, allocator, out);
}

// Model metadata: texts are the caller's to free with the allocator.

STATUS ORTModelMetadata(
    const OrtApi *api, const OrtSession *session, OrtModelMetadata *_Nullable *_Nonnull out) {
    return CALL(OrtStatus *, 111, (const OrtSession *, OrtModelMetadata **))(session, out);
}
static inline void ORTReleaseModelMetadata(const OrtApi *api, OrtModelMetadata *metadata) {
    CALL(void, 118, (OrtModelMetadata *))(metadata);
}
STATUS ORTMetadataProducer(
    const OrtApi *api, const OrtModelMetadata *metadata, OrtAllocator *allocator, char *_Nullable *_Nonnull out) {
    return CALL(OrtStatus *, 112, (const OrtModelMetadata *, OrtAllocator *, char **))(metadata, allocator, out);
}
STATUS ORTMetadataGraphName(
    const OrtApi *api, const OrtModelMetadata *metadata, OrtAllocator *allocator, char *_Nullable *_Nonnull out) {
    return CALL(OrtStatus *, 113, (const OrtModelMetadata *, OrtAllocator *, char **))(metadata, allocator, out);
}
STATUS ORTMetadataDomain(
    const OrtApi *api, const OrtModelMetadata *metadata, OrtAllocator *allocator, char *_Nullable *_Nonnull out) {
    return CALL(OrtStatus *, 114, (const OrtModelMetadata *, OrtAllocator *, char **))(metadata, allocator, out);
}
STATUS ORTMetadataDescription(
    const OrtApi *api, const OrtModelMetadata *metadata, OrtAllocator *allocator, char *_Nullable *_Nonnull out) {
    return CALL(OrtStatus *, 115, (const OrtModelMetadata *, OrtAllocator *, char **))(metadata, allocator, out);
}
/// INT64_MAX when the model sets none.
STATUS ORTMetadataVersion(const OrtApi *api, const OrtModelMetadata *metadata, int64_t *out) {
    return CALL(OrtStatus *, 117, (const OrtModelMetadata *, int64_t *))(metadata, out);
}
/// Each key and the array are the caller's to free; the array is null when there are none.
STATUS ORTMetadataKeys(
    const OrtApi *api, const OrtModelMetadata *metadata, OrtAllocator *allocator,
    char *_Nullable *_Nullable *_Nonnull out, int64_t *count) {
    return CALL(OrtStatus *, 123, (const OrtModelMetadata *, OrtAllocator *, char ***, int64_t *))(
        metadata, allocator, out, count);
}
/// Null when the key is absent.
STATUS ORTMetadataLookup(
    const OrtApi *api, const OrtModelMetadata *metadata, OrtAllocator *allocator, const char *key,
    char *_Nullable *_Nonnull out) {
    return CALL(OrtStatus *, 116, (const OrtModelMetadata *, OrtAllocator *, const char *, char **))(
        metadata, allocator, key, out);
}

// Memory

/// Gives memory that sessions have freed back to the system; Swift does not see glibc's own call.
static inline void ORTReturnFreeMemory(void) { malloc_trim(0); }
/// Has threads share what they free, in place of each keeping its own.
static inline void ORTShareFreeMemory(void) { mallopt(M_ARENA_MAX, 2); }

#undef STATUS
#undef CALL
#pragma clang assume_nonnull end

#include "RunPlace.h"

#endif

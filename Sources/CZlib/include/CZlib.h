// zlib, as the Server room sees it: the content codings of HTTP. Its own types stay inside, for other packages of the
// build bring modules with the same.
#pragma once
#include <stdbool.h>
#include <stddef.h>

/// How far a stream has come.
typedef enum {
    CZLIB_MORE, // there is more to come
    CZLIB_WHOLE, // the stream has ended, and all bytes were its own
    CZLIB_BROKEN, // the bytes are no such stream, not whole, or followed by others
} czlib_status;

/// Bytes that are being unpacked.
typedef struct czlib_inflater czlib_inflater;

/// The bytes that `count` bytes have at most once they are packed.
size_t czlib_bound(size_t count);

/// Packs `count` bytes, quickly rather than well, as gzip or as zlib; `target` has room for czlib_bound(count).
/// Returns the bytes written, 0 when memory is out.
size_t czlib_deflate(const void *source, size_t count, void *target, size_t room, bool is_gzip);

/// Begins to unpack `count` bytes of gzip or zlib, which stay in place until the end; NULL when memory is out.
czlib_inflater *czlib_inflate_begin(const void *source, size_t count);

/// Unpacks the next bytes into `target`. Returns the bytes written.
size_t czlib_inflate_next(czlib_inflater *inflater, void *target, size_t room, czlib_status *status);

/// Gives the memory back.
void czlib_inflate_end(czlib_inflater *inflater);

#include "CZlib.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

struct czlib_inflater {
    z_stream stream;
};

// The largest window; 16 more writes gzip, 32 more reads gzip's head and zlib's alike.
static const int window = 15;

size_t czlib_bound(size_t count) {
    // gzip's head and tail are twelve bytes longer than zlib's.
    return compressBound(count) + 12;
}

size_t czlib_deflate(const void *source, size_t count, void *target, size_t room, bool is_gzip) {
    z_stream stream = {0};
    if (count > UINT_MAX || room > UINT_MAX) return 0;
    int kind = is_gzip ? window + 16 : window;
    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kind, 8, Z_DEFAULT_STRATEGY) != Z_OK) return 0;
    stream.next_in = (Bytef *)source;
    stream.avail_in = (uInt)count;
    stream.next_out = target;
    stream.avail_out = (uInt)room;
    int status = deflate(&stream, Z_FINISH);
    size_t written = room - stream.avail_out;
    deflateEnd(&stream);
    return status == Z_STREAM_END ? written : 0;
}

czlib_inflater *czlib_inflate_begin(const void *source, size_t count) {
    czlib_inflater *inflater = calloc(1, sizeof *inflater);
    if (inflater == NULL) return NULL;
    if (count > UINT_MAX || inflateInit2(&inflater->stream, window + 32) != Z_OK) {
        free(inflater);
        return NULL;
    }
    inflater->stream.next_in = (Bytef *)source;
    inflater->stream.avail_in = (uInt)count;
    return inflater;
}

size_t czlib_inflate_next(czlib_inflater *inflater, void *target, size_t room, czlib_status *status) {
    uInt given = room > UINT_MAX ? UINT_MAX : (uInt)room;
    inflater->stream.next_out = target;
    inflater->stream.avail_out = given;
    int result = inflate(&inflater->stream, Z_NO_FLUSH);
    if (result == Z_STREAM_END) {
        *status = inflater->stream.avail_in == 0 ? CZLIB_WHOLE : CZLIB_BROKEN;
    } else {
        *status = result == Z_OK ? CZLIB_MORE : CZLIB_BROKEN;
    }
    return given - inflater->stream.avail_out;
}

void czlib_inflate_end(czlib_inflater *inflater) {
    inflateEnd(&inflater->stream);
    free(inflater);
}

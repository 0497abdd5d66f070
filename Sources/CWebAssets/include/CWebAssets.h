/// The files of the web page, embedded in the program.
///
/// `Web/build` writes `Web/dist`; assets.c embeds what it finds there. Without it there is one asset, "/index.html",
/// which says how to build the page. All pointers are to constant memory that lives as long as the process.
#ifndef MARTLET_WEB_ASSETS_H
#define MARTLET_WEB_ASSETS_H

#include <stddef.h>

typedef struct {
    /// Path of the URL, from the slash on. The pages themselves are all "/index.html".
    const char *path;
    /// Media type, with its charset where it is text.
    const char *content_type;
    /// Entity tag as the header has it: weak, with quotes, the same for both encodings.
    const char *etag;
    const unsigned char *data;
    size_t length;
    /// The same file compressed by gzip; null with length 0 where that saves nothing.
    const unsigned char *gzip;
    size_t gzip_length;
    /// 1 where the path names the content by its hash, so that it may be kept for ever.
    int immutable;
} martlet_web_asset;

extern const martlet_web_asset martlet_web_assets[];
extern const size_t martlet_web_asset_count;

/// The asset at `index`, below martlet_web_asset_count. (Swift can't see an array of unknown length.)
static inline const martlet_web_asset *martlet_web_asset_at(size_t index) { return &martlet_web_assets[index]; }

/// The OpenAPI document, UTF-8 JSON.
extern const unsigned char martlet_openapi[];
extern const size_t martlet_openapi_length;
static inline const unsigned char *martlet_openapi_bytes(void) { return martlet_openapi; }

#endif

#include "CWebAssets.h"

#if __has_include("../../Web/dist/embedded.inc")

// Defines martlet_web_assets and martlet_web_asset_count; written by Web/build.
#include "../../Web/dist/embedded.inc"

#else

static const unsigned char missing_page[] =
    "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Martlet</title>\n"
    "<h1>Martlet</h1>\n<p>The server runs. Its page was not built into this program: run <code>make web</code>, "
    "then build again.</p>\n<p>The API answers all the same; it is described at "
    "<a href=\"/openapi.json\">/openapi.json</a>.</p>\n</html>\n";

const martlet_web_asset martlet_web_assets[] = {{
    .path = "/index.html",
    .content_type = "text/html; charset=utf-8",
    .etag = "W/\"missing\"",
    .data = missing_page,
    .length = sizeof missing_page - 1,
    .gzip = NULL,
    .gzip_length = 0,
    .immutable = 0,
}};
const size_t martlet_web_asset_count = 1;

#endif

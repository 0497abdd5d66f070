import CWebAssets
import HTTPTypes
import Hummingbird
import Kernel
import NIOCore

/// The page: files embedded in the binary.
struct WebRoutes {
    private let assets: [String: Asset]

    /// One embedded file; its bytes are constants of the program.
    private struct Asset: Sendable {
        let contentType: String
        let etag: String
        let plain: ByteBuffer
        let compressed: ByteBuffer?
        let isImmutable: Bool
    }

    /// The routes over what `make web` built.
    init() {
        assets = Dictionary(uniqueKeysWithValues: Self.embedded())
    }

    /// Adds the page and its files.
    func add(to router: Router<MartletContext>) {
        for page in [
            "", "experiments", "experiments/:id", "runs/:id", "compare", "models", "models/:name",
            "models/:name/compare", "models/:name/versions/:version", "serving", "monitoring", "webhooks",
            "webhooks/:id", "activities", "lineage/:kind/:id",
        ] {
            router.get(RouterPath(page)) { request, _ in answer("/index.html", request) }
        }
        for path in assets.keys where path != "/index.html" {
            router.get(RouterPath(path)) { request, _ in answer(path, request) }
        }
    }

    private func answer(_ path: String, _ request: Request) -> Response {
        guard let asset = assets[path] else { return Response(status: .notFound) }
        var headers: HTTPFields = [
            .contentType: asset.contentType,
            .eTag: asset.etag,
            .cacheControl: asset.isImmutable ? "public, max-age=31536000, immutable" : "no-cache",
            .vary: "Accept-Encoding",
        ]
        if request.headers[.ifNoneMatch] == asset.etag { return Response(status: .notModified, headers: headers) }
        if let compressed = asset.compressed, request.headers[.acceptEncoding]?.contains("gzip") == true {
            headers[.contentEncoding] = "gzip"
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: compressed))
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: asset.plain))
    }

    private static func embedded() -> [(String, Asset)] {
        (0..<martlet_web_asset_count).map { index in
            let asset = martlet_web_asset_at(index).pointee
            let compressed = asset.gzip.map { bytes in
                ByteBuffer(bytes: UnsafeBufferPointer(start: bytes, count: asset.gzip_length))
            }
            return (
                String(cString: asset.path),
                Asset(
                    contentType: String(cString: asset.content_type),
                    etag: String(cString: asset.etag),
                    plain: ByteBuffer(bytes: UnsafeBufferPointer(start: asset.data, count: asset.length)),
                    compressed: compressed,
                    isImmutable: asset.immutable != 0
                )
            )
        }
    }
}

import CWebAssets
import Hummingbird
import NIOCore

/// The description of the whole API.
struct OpenAPIRoutes {
    /// Adds the route at the root.
    func add(to router: Router<MartletContext>) {
        let bytes = UnsafeBufferPointer(start: martlet_openapi_bytes(), count: martlet_openapi_length)
        let document = ByteBuffer(bytes: bytes)
        router.get("openapi.json") { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: "application/json"],
                body: ResponseBody(byteBuffer: document)
            )
        }
    }
}

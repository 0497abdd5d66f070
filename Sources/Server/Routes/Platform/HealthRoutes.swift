import Hummingbird
import Kernel
import NIOCore

/// Whether the server lives, is ready, and which version it is.
struct HealthRoutes {
    /// The MLflow release whose API is spoken; clients read it from `/version`.
    static let mlflowLevel = "3.18.0"
    /// Answers once the database does.
    let checkReady: @Sendable () async throws -> Void
    /// Whether clients may send artifacts to the server.
    let servesArtifacts: Bool

    /// Adds the routes at the root.
    func add(to router: Router<MartletContext>) {
        addProbes(to: router)
        for prefix in ["api", "ajax-api"] {
            router.get("\(prefix)/3.0/mlflow/server-info") { [servesArtifacts] _, _ in Self.serverInfo(servesArtifacts)
            }
        }
    }

    /// Adds those of them that are asked of a server of models alone, too.
    func addProbes(to router: Router<MartletContext>) {
        router.get("health") { _, _ in Response.text("OK") }
        router.get("livez") { _, _ in Response.text("OK") }
        router.get("readyz", use: ready)
        router.get("ping") { _, _ in Self.ping }
        router.get("version") { _, _ in Response.text(Self.mlflowLevel) }
        router.get("api/v1/version") { _, _ in
            Response.json { writer in
                writer.object { writer in
                    writer.member("version", MartletVersion.current)
                    writer.member("mlflow_level", Self.mlflowLevel)
                }
            }
        }
    }

    @Sendable private func ready(_ request: Request, _ context: MartletContext) async throws -> Response {
        try await checkReady()
        return .text("OK")
    }

    /// What MLflow's scoring server answers.
    private static var ping: Response {
        Response(
            status: .ok,
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: "\n"))
        )
    }

    private static func serverInfo(_ servesArtifacts: Bool) -> Response {
        .json { writer in
            writer.object { writer in
                writer.member("store_type", "SqlStore")
                writer.member("workspaces_enabled", false)
                writer.member("trace_archival_enabled", false)
                writer.member("multipart_uploads_enabled", false)
                writer.member("multipart_downloads_enabled", false)
                writer.member("artifact_serving_enabled", servesArtifacts)
            }
        }
    }
}

/// This program's release.
package enum MartletVersion {
    /// The release, a semantic version.
    package static let current = "0.1.0"
}

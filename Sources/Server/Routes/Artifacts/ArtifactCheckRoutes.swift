import Artifacts
import Hummingbird
import Kernel
import ObjectStore

/// Whether artifacts still are what was uploaded.
struct ArtifactCheckRoutes {
    let artifacts: ArtifactService

    /// Adds the route at the root.
    func add(to router: Router<MartletContext>) {
        router.post("api/v1/artifacts/check", use: check)
    }

    @Sendable private func check(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = MLflowFields(try await request.jsonObject())
        let checks = try await artifacts.check(try ObjectKey(try fields.requiredString("path")))
        return .json { writer in
            writer.object { writer in
                writer.member("intact", checks.allSatisfy { $0.state != .changed })
                writer.name("files")
                writer.array { writer in
                    for check in checks {
                        writer.object { writer in
                            writer.member("path", check.key.description)
                            writer.member("size_bytes", check.sizeBytes)
                            writer.member("sha256", check.digest.hexadecimal)
                            writer.member("state", check.state.rawValue)
                        }
                    }
                }
            }
        }
    }
}

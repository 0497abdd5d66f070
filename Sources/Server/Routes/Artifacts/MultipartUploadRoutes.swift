import Artifacts
import HTTPTypes
import Hummingbird
import Kernel
import ObjectStore
import Registry

/// Artifacts that are sent in parts, as MLflow's client does for large files when it is told to.
///
/// The parts come to this server too, so that none of its checks is gone round.
struct MultipartUploadRoutes {
    let uploads: MultipartUploadService
    let registry: RegistryService
    let address: PublicAddress

    /// Adds the routes below `…/mlflow-artifacts`.
    func add(to group: RouterGroup<MartletContext>) {
        group.post("mpu/create/**", use: create)
        group.put("mpu/parts/:upload/:number", use: putPart)
        group.post("mpu/complete/**", use: complete)
        group.post("mpu/abort/**", use: abort)
    }

    @Sendable private func create(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let key = try key(request, "create", fields)
        let origin = try address.origin(for: request)
        let upload = try await uploads.create(key, partCount: try fields.integer("num_parts") ?? 0)
        let above = request.uri.path.prefix(upTo: try Self.step("create", in: request).lowerBound)
        let parts = "\(origin)\(above)/mpu/parts/\(upload.id)"
        var response = Response.json { writer in
            writer.object { writer in
                writer.member("upload_id", upload.id)
                writer.name("credentials")
                writer.array { writer in
                    for number in 1...upload.partCount {
                        writer.object { writer in
                            writer.member("url", "\(parts)/\(number)")
                            writer.member("part_number", Int64(number))
                            writer.member(
                                "headers",
                                object: { writer in
                                    writer.name(data: HTTPField.Name.uploadRight.rawName)
                                    writer.value(upload.secret)
                                }
                            )
                        }
                    }
                }
            }
        }
        response.headers[.cacheControl] = "no-store"
        return response
    }

    @Sendable private func putPart(_ request: Request, _ context: MartletContext) async throws -> Response {
        let digest = try await uploads.putPart(
            Int64(try context.parameters.require("number")) ?? 0,
            of: try context.parameters.require("upload"),
            secret: request.headers[.uploadRight] ?? "",
            from: request.body,
            expectedLength: request.headers[.contentLength].flatMap { Int64($0) },
            expectedDigest: try DigestFields.announced(request.headers)
        )
        return Response(status: .ok, headers: [.eTag: "\"\(digest.hexadecimal)\""])
    }

    @Sendable private func complete(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let key = try key(request, "complete", fields)
        guard try fields.value("parts") != nil else { throw fields.missing("parts") }
        let parts = try fields.objects("parts").map { part in
            NamedPart(number: try part.requiredInteger("part_number"), etag: try part.string("etag") ?? "")
        }
        try await uploads.complete(try fields.requiredString("upload_id"), at: key, of: parts) {
            [registry] digest, connection in
            try registry.checkOverwriting(key, with: digest, on: connection)
        }
        return .emptyObject
    }

    @Sendable private func abort(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let key = try key(request, "abort", fields)
        try await uploads.abort(try fields.requiredString("upload_id"), at: key)
        return .emptyObject
    }

    /// Where the path names the step.
    private static func step(_ step: String, in request: Request) throws -> Range<String.Index> {
        guard let place = request.uri.path.firstRange(of: "/mpu/\(step)/") else {
            throw MartletError(.badRequest, "Invalid path")
        }
        return place
    }

    /// Where the file goes: its name in the folder that stands in the path after `step`.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when that is no path of an artifact, `NOT_IMPLEMENTED` when the name can't be
    ///   told from what the client sent.
    private func key(_ request: Request, _ step: String, _ fields: MLflowFields) throws -> ObjectKey {
        var folder = request.uri.path[try Self.step(step, in: request).upperBound...]
        while folder.hasSuffix("/") { folder.removeLast() }
        guard let name = LocalName.of(try fields.requiredString("path")) else {
            // The words upon which MLflow's client sends the file whole, where the name is part of the path.
            throw MartletError(
                .notImplemented,
                "Multipart upload is not supported for the current artifact repository: the file's name can't be told."
            )
        }
        return try ObjectKey(String(folder)).appending(name)
    }
}

/// The name of a file by the path that it has on a client's machine.
enum LocalName {
    /// What stands behind the last separator; nil where nobody knows whether a backslash is one.
    static func of(_ path: String) -> String? {
        let scalars = path.unicodeScalars
        guard scalars.contains("\\") else { return String(scalars.suffix(after: ["/"])) }
        // A drive, or a folder in the network: so paths begin on Windows alone.
        let start = Array(path.utf8.prefix(3))
        let isDrive = start.count == 3 && start[1] == UInt8(ascii: ":") && [0x2F, 0x5C].contains(start[2])
        guard isDrive || path.hasPrefix("\\\\") else { return nil }
        return String(scalars.suffix(after: ["/", "\\"]))
    }
}

extension String.UnicodeScalarView {
    /// What follows the last of `separators`; all of it when there is none.
    fileprivate func suffix(after separators: Set<Unicode.Scalar>) -> Substring.UnicodeScalarView {
        guard let last = lastIndex(where: separators.contains) else { return self[...] }
        return self[index(after: last)...]
    }
}

import HTTPTypes
import Hummingbird
import Kernel
import ObjectStore
import Tracking

/// Artifacts that the server keeps: MLflow's proxied store, and the lists and downloads of runs.
struct ArtifactRoutes {
    let objects: LocalObjectStore
    let tracking: TrackingService

    /// Adds the routes below `…/mlflow-artifacts`.
    func addProxy(to group: RouterGroup<MartletContext>) {
        group.get("artifacts", use: list)
        group.get("artifacts/**", use: download)
        group.put("artifacts/**", use: upload)
        group.delete("artifacts/**", use: delete)
        for step in ["create", "complete", "abort"] {
            group.post("mpu/\(step)/**") { _, _ -> Response in throw Self.noMultipart }
        }
        group.get("presigned/**") { _, _ -> Response in
            throw MartletError(.notImplemented, "Presigned downloads are not supported for the current artifact store")
        }
    }

    /// Adds the routes below `…/mlflow`.
    func addLists(to group: RouterGroup<MartletContext>) {
        group.get("artifacts/list", use: listOfRun)
        group.get("logged-models/:id/artifacts/directories", use: listOfLoggedModel)
    }

    /// Adds the page's downloads at the root.
    func addDownloads(to router: Router<MartletContext>) {
        router.get("get-artifact", use: downloadOfRun)
    }

    private static let noMultipart = MartletError(
        .notImplemented,
        "Multipart upload is not supported for the current artifact repository"
    )

    // MARK: Proxy

    /// What stands behind `…/artifacts/` in the path, still encoded.
    private func path(_ request: Request) throws -> String {
        let path = request.uri.path
        guard let marker = path.firstRange(of: "/artifacts/") else { throw MartletError(.badRequest, "Invalid path") }
        return String(path[marker.upperBound...])
    }

    @Sendable private func upload(_ request: Request, _ context: MartletContext) async throws -> Response {
        let path = try path(request)
        guard !path.hasSuffix("/") else {
            throw MartletError(.invalidParameterValue, "The path of an artifact can't end with '/': '\(path)'")
        }
        try await objects.put(
            try ObjectKey(path),
            from: request.body,
            expectedLength: request.headers[.contentLength].flatMap { Int64($0) }
        )
        return Response(status: .ok)
    }

    @Sendable private func download(_ request: Request, _ context: MartletContext) async throws -> Response {
        let key = try ObjectKey(try path(request))
        return try await answer(key, request, disposition: "attachment")
    }

    @Sendable private func delete(_ request: Request, _ context: MartletContext) async throws -> Response {
        try await objects.delete(try ObjectKey(try path(request)))
        return .emptyObject
    }

    @Sendable private func list(_ request: Request, _ context: MartletContext) async throws -> Response {
        let path = Self.folder(request.queryValue("path") ?? "")
        let listings = try await objects.list(path.isEmpty ? .root : try ObjectKey(path))
        return .json { writer in
            writer.object { writer in
                writer.member("files", unlessEmpty: listings) { $0.file($1, path: $1.name) }
            }
        }
    }

    // MARK: Runs and logged models

    @Sendable private func listOfRun(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = try await MLflowFields(request)
        let run = try await tracking.run(try fields.runID())
        return try await list(run.artifactURI, try fields.string("path") ?? "")
    }

    @Sendable private func listOfLoggedModel(_ request: Request, _ context: MartletContext) async throws -> Response {
        let model = try await tracking.loggedModel(LoggedModelID(try context.parameters.require("id")))
        return try await list(model.artifactURI, request.queryValue("artifact_directory_path") ?? "")
    }

    private func list(_ root: String, _ path: String) async throws -> Response {
        let folder = Self.folder(path)
        let listings = try await objects.list(try ArtifactLocation.key(root, folder))
        return .json { writer in
            writer.object { writer in
                writer.member("root_uri", root)
                writer.member("files", unlessEmpty: listings) { writer, listing in
                    writer.file(listing, path: folder.isEmpty ? listing.name : folder + "/" + listing.name)
                }
            }
        }
    }

    /// A folder's path without the slash that may stand at its end.
    private static func folder(_ path: String) -> String {
        path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    @Sendable private func downloadOfRun(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = MLflowFields(JSONObject(request.queryItems.map { ($0.name, .string($0.value)) }))
        let run = try await tracking.run(try fields.runID())
        let key = try ArtifactLocation.key(run.artifactURI, try fields.requiredString("path"))
        let isInline = request.queryValue("inline") == "true"
        return try await answer(key, request, disposition: isInline ? "inline" : "attachment")
    }

    // MARK: Bytes

    private func answer(_ key: ObjectKey, _ request: Request, disposition: String) async throws -> Response {
        let reader = try await open(key)
        var headers: HTTPFields = [
            .contentType: ArtifactContentType.of(key.name),
            .contentDisposition: "\(disposition); filename*=UTF-8''\(Self.encoded(key.name))",
            .eTag: reader.etag,
            .acceptRanges: "bytes",
            .xContentTypeOptions: "nosniff",
            // An artifact is a stranger's file: a browser that shows it gives it no rights.
            .contentSecurityPolicy: "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:",
        ]
        if request.headers[.ifNoneMatch] == reader.etag { return Response(status: .notModified, headers: headers) }
        switch ByteRange(request.headers[.range], size: reader.size) {
        case .whole: return Self.stream(reader, 0..<reader.size, .ok, headers)
        case .part(let range):
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(reader.size)"
            return Self.stream(reader, range, .partialContent, headers)
        case .unsatisfiable:
            headers[.contentRange] = "bytes */\(reader.size)"
            return Response(status: .rangeNotSatisfiable, headers: headers)
        }
    }

    private func open(_ key: ObjectKey) async throws -> ObjectReader {
        do {
            return try await objects.open(key)
        } catch let error as MartletError where error.code == .resourceDoesNotExist {
            throw MartletError(.resourceDoesNotExist, "No such artifact: '\(key)'", cause: error)
        }
    }

    private static func stream(
        _ reader: ObjectReader,
        _ range: Range<Int64>,
        _ status: HTTPResponse.Status,
        _ headers: HTTPFields
    ) -> Response {
        let body = ResponseBody(contentLength: Int(range.upperBound - range.lowerBound)) { writer in
            for try await chunk in reader.read(range) { try await writer.write(chunk) }
            try await writer.finish(nil)
        }
        return Response(status: status, headers: headers, body: body)
    }

    /// A file's name as a header may carry it (RFC 8187).
    private static func encoded(_ name: String) -> String {
        name.utf8.reduce(into: "") { text, byte in
            let isPlain = UnicodeScalar(byte).properties.isAlphabetic && byte < 0x80
            if isPlain || (0x30...0x39).contains(byte) || byte == 0x2E || byte == 0x2D || byte == 0x5F {
                text.unicodeScalars.append(UnicodeScalar(byte))
            } else {
                text += "%" + Hexadecimal.text([byte]).uppercased()
            }
        }
    }
}

extension JSONWriter {
    /// MLflow's `FileInfo`: a folder has no size, and a size of 0 is left out.
    mutating func file(_ listing: ObjectListing, path: String) {
        object { writer in
            writer.member("path", path)
            writer.member("is_dir", listing.isDirectory)
            if let size = listing.size, size > 0 { writer.member("file_size", size) }
        }
    }
}

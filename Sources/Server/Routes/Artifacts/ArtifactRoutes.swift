import Artifacts
import HTTPTypes
import Hummingbird
import Kernel
import NIOCore
import ObjectStore
import Registry
import Tracking

/// Artifacts that the server keeps: MLflow's proxied store, and the lists and downloads of runs.
struct ArtifactRoutes {
    let artifacts: ArtifactService
    let root: ArtifactRoot
    let outside: OutsideSources
    let tracking: TrackingService
    let registry: RegistryService

    private var objects: any ObjectStore { artifacts.objects }

    /// Adds the routes below `…/mlflow-artifacts`; closed, all of them say so.
    func addProxy(to group: RouterGroup<MartletContext>, isOpen: Bool) {
        guard isOpen else {
            for path in ["artifacts", "artifacts/**", "mpu/**", "presigned/**"] {
                for method in [HTTPRequest.Method.get, .put, .post, .delete] {
                    group.on(RouterPath(path), method: method) { _, _ in Self.closed }
                }
            }
            return
        }
        group.get("artifacts", use: list)
        group.get("artifacts/**", use: download)
        group.put("artifacts/**", use: upload)
        group.delete("artifacts/**", use: delete)
        group.get("presigned/**") { _, _ -> Response in
            throw MartletError(.notImplemented, "Presigned downloads are not supported for the current artifact store")
        }
    }

    /// Adds the routes below `…/mlflow`.
    func addLists(to group: RouterGroup<MartletContext>) {
        group.get("artifacts/list", use: listOfRun)
        group.get("logged-models/:id/artifacts/directories", use: listOfLoggedModel)
        group.get("logged-models/:id/artifacts/files", use: downloadOfLoggedModel)
    }

    /// Adds the page's downloads at the root.
    func addDownloads(to router: Router<MartletContext>) {
        router.get("get-artifact", use: downloadOfRun)
        router.get("model-versions/get-artifact", use: downloadOfVersion)
        for version in ["2.0", "3.0"] {
            router.get("ajax-api/\(version)/mlflow/get-trace-artifact", use: downloadOfTrace)
        }
        router.post("ajax-api/2.0/mlflow/upload-artifact", use: uploadToRun)
    }

    private static var closed: Response {
        .text(
            "Artifacts are not served: this server was started with --no-serve-artifacts.",
            status: .serviceUnavailable
        )
    }

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
        let key = try ObjectKey(path)
        let announced = try DigestFields.announced(request.headers)
        try await artifacts.put(
            key,
            from: request.body,
            expectedLength: request.headers[.contentLength].flatMap { Int64($0) }
        ) { [registry] digest, connection in
            guard announced == nil || announced == digest else {
                throw MartletError(
                    .invalidParameterValue,
                    "'\(key)' did not arrive as it was sent: its SHA-256 differs"
                )
            }
            try registry.checkOverwriting(key, with: digest, on: connection)
        }
        return Response(status: .ok)
    }

    @Sendable private func download(_ request: Request, _ context: MartletContext) async throws -> Response {
        let location = ArtifactLocation(store: objects, key: try ObjectKey(try path(request)), isOwn: true)
        return try await answer(location, request)
    }

    @Sendable private func delete(_ request: Request, _ context: MartletContext) async throws -> Response {
        let key = try ObjectKey(try path(request))
        try await artifacts.delete(key) { [registry] in try registry.checkDeleting(key, on: $0) }
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

    private func list(_ uri: String, _ path: String) async throws -> Response {
        let folder = Self.folder(path)
        let location = try await location(uri, folder)
        let listings = try await location.store?.list(location.key) ?? []
        return .json { writer in
            writer.object { writer in
                writer.member("root_uri", uri)
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
        let fields = query(request)
        let path = try checkedPath(fields, "path")
        let run = try await tracking.run(try fields.runID())
        let isInline = request.queryValue("inline") == "true"
        return try await answer(try await location(run.artifactURI, path), request, isInline: isInline)
    }

    @Sendable private func downloadOfVersion(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = query(request)
        let path = try checkedPath(fields, "path")
        let (name, number) = try await fields.modelVersion(in: registry)
        let version = try await registry.version(name, .number(number))
        return try await download(version.storageLocation, path, request)
    }

    @Sendable private func downloadOfLoggedModel(
        _ request: Request,
        _ context: MartletContext
    ) async throws -> Response {
        let path = try checkedPath(query(request), "artifact_file_path")
        let model = try await tracking.loggedModel(LoggedModelID(try context.parameters.require("id")))
        return try await download(model.artifactURI, path, request)
    }

    @Sendable private func downloadOfTrace(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = query(request)
        let isAttachment = try fields.string("path")?.isEmpty == false
        let path = isAttachment ? "attachments/" + (try checkedPath(fields, "path")) : "traces.json"
        let trace = try await tracking.trace(TraceID(try fields.requiredString("request_id")))
        return try await download(trace.artifactURI, path, request)
    }

    private func query(_ request: Request) -> MLflowFields {
        MLflowFields(queryOf: request)
    }

    /// A path that may be asked for, whatever it leads to.
    private func checkedPath(_ fields: MLflowFields, _ name: String) throws -> String {
        let path = try fields.requiredString(name)
        _ = try ObjectKey(path)
        return path
    }

    private func download(_ uri: String, _ path: String, _ request: Request) async throws -> Response {
        try await answer(try await location(uri, path), request)
    }

    /// What lies at `path` below the folder `uri`, where this server reads.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when it reads nothing there, or the path is not one.
    private func location(_ uri: String, _ path: String) async throws -> ArtifactLocation {
        if let found = try await ArtifactLocation.find(uri, path, root: root, objects: objects) { return found }
        if let found = try await ArtifactLocation.find(uri, path, in: outside) { return found }
        throw MartletError(
            .invalidParameterValue,
            "The artifacts at '\(uri.prefix(200))' are not kept by this server, and lie below no root that it may read"
                + " (--artifact-roots); read them with a client."
        )
    }

    // MARK: The page's uploads

    private static let uploadBytesMax = 10 << 20

    @Sendable private func uploadToRun(_ request: Request, _ context: MartletContext) async throws -> Response {
        let fields = query(request)
        let id = try [fields.string("run_uuid"), fields.string("run_id")].compactMap(\.self).first { !$0.isEmpty }
        guard let id else { throw MartletError(.invalidParameterValue, "Request must specify run_uuid.") }
        guard let path = try fields.string("path"), !path.isEmpty else {
            throw MartletError(.invalidParameterValue, "Request must specify path.")
        }
        _ = try ObjectKey(path)
        let data = try await uploadedData(request)
        let run = try await tracking.run(RunID(id))
        try await ArtifactWriter(artifacts: artifacts, root: root, registry: registry)
            .write(data, to: path, below: run.artifactURI)
        return .emptyObject
    }

    private func uploadedData(_ request: Request) async throws -> ByteBuffer {
        let data: ByteBuffer
        do {
            data = try await request.bytes(max: Self.uploadBytesMax)
        } catch let error as BodyTooLarge {
            throw MartletError(.invalidParameterValue, "Artifact size is too large. Max size is 10MB.", cause: error)
        }
        guard data.readableBytes > 0 else {
            throw MartletError(.invalidParameterValue, "Request must specify data.")
        }
        return data
    }

    // MARK: Bytes

    private func answer(
        _ location: ArtifactLocation,
        _ request: Request,
        isInline: Bool = false
    ) async throws -> Response {
        let key = location.key
        let reader = try await open(location)
        if location.isOwn { try await registry.checkUnchanged(key, readBy: reader) }
        var headers: HTTPFields = [
            .contentType: ArtifactContentType.of(key.name),
            .contentDisposition: ArtifactDisposition.text(key.name, isInline: isInline),
            .eTag: reader.etag,
            .acceptRanges: "bytes",
            .xContentTypeOptions: "nosniff",
            // An artifact is a stranger's file: a browser that shows it gives it no rights.
            .contentSecurityPolicy: "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:",
        ]
        if DigestFields.isWanted(request.headers) {
            headers[.reprDigest] = try await digest(location, reader).map(DigestFields.text)
        }
        if request.headers[.ifNoneMatch] == reader.etag { return Response(status: .notModified, headers: headers) }
        // Who has the beginning of another object gets all of this one.
        let isSame = request.headers[.ifRange].map { $0 == reader.etag } ?? true
        switch ByteRange(isSame ? request.headers[.range] : nil, size: reader.size) {
        case .whole: return Self.stream(reader, 0..<reader.size, .ok, headers)
        case .part(let range):
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(reader.size)"
            return Self.stream(reader, range, .partialContent, headers)
        case .unsatisfiable:
            headers[.contentRange] = "bytes */\(reader.size)"
            return Response(status: .rangeNotSatisfiable, headers: headers)
        }
    }

    /// The digest of what `reader` reads; nil when another object lies there by now.
    private func digest(_ location: ArtifactLocation, _ reader: ObjectReader) async throws -> ContentDigest? {
        guard !location.isOwn, let store = location.store else {
            return try await artifacts.digest(of: location.key, readBy: reader)
        }
        let read = try await store.digest(of: location.key)
        return read.etag == reader.etag ? read.digest : nil
    }

    private func open(_ location: ArtifactLocation) async throws -> ObjectReader {
        let missing = "No such artifact: '\(location.key)'"
        guard let store = location.store else { throw MartletError(.resourceDoesNotExist, missing) }
        do {
            return try await store.open(location.key)
        } catch let error as MartletError where error.code == .resourceDoesNotExist {
            throw MartletError(.resourceDoesNotExist, missing, cause: error)
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

import AsyncHTTPClient
import Kernel
import NIOCore
import NIOHTTP1
import ObjectStore

/// The folder of a version's files in an MLflow server, by the calls that list it and read from it.
struct MLflowFolder: Sendable {
    /// Lists what lies in the folder at a path below it, which is empty for itself.
    let list: @Sendable (String) -> MLflowCall
    /// Path and query by which the file at a path below it is read.
    let target: @Sendable (String) -> String
}

extension MLflowFolder {
    /// The folder at `path` of the artifacts that the server serves to its clients.
    static func served(_ path: String) -> MLflowFolder {
        MLflowFolder(
            list: { .listArtifacts(joined(path, $0)) },
            target: {
                "/api/2.0/mlflow-artifacts/artifacts/" + PercentEncoding.encode(joined(path, $0), keepsSlashes: true)
            }
        )
    }

    /// The folder at `path` below that of a run's artifacts, which clients reach by themselves.
    static func ofRun(_ id: String, _ path: String) -> MLflowFolder {
        MLflowFolder(
            list: { .get("artifacts/list", ["run_id": .string(id), "path": optional(joined(path, $0))]) },
            target: { file in
                let path = PercentEncoding.encode(joined(path, file))
                return "/get-artifact?run_id=\(PercentEncoding.encode(id))&path=\(path)"
            }
        )
    }

    /// The folder at `path` below that of a logged model, which is the one of a version too.
    static func ofLoggedModel(_ id: String, _ path: String, _ version: MLflowVersion) -> MLflowFolder {
        MLflowFolder(
            list: { below in
                let fields: JSONObject = ["artifact_directory_path": optional(joined(path, below))]
                return .get("logged-models/\(PercentEncoding.encode(id))/artifacts/directories", fields)
            },
            target: { file in
                let (name, path) = (PercentEncoding.encode(version.name), PercentEncoding.encode(file))
                return "/model-versions/get-artifact?name=\(name)&version=\(version.number)&path=\(path)"
            }
        )
    }

    private static func joined(_ path: String, _ below: String) -> String {
        path.isEmpty || below.isEmpty ? path + below : "\(path)/\(below)"
    }

    private static func optional(_ path: String) -> JSON { path.isEmpty ? .null : .string(path) }
}

extension ExternalMLflow {
    private static let refusalBytesMax = 1 << 20

    /// Where the server has the files of `version`.
    ///
    /// - Returns: nil when it does not say so in a way by which it also gives them.
    /// - Throws: as ``ask(_:)``.
    func folder(of version: MLflowVersion) async throws -> MLflowFolder? {
        let key: JSONObject = ["name": .string(version.name), "version": .string(String(version.number))]
        var uri = try await ask(.get("model-versions/get-download-uri", key))["artifact_uri"]?.stringValue ?? ""
        var runID = version.runID
        if uri.hasPrefix("runs:/") {
            let parts = uri.dropFirst("runs:/".count).split(separator: "/", maxSplits: 1).map(String.init)
            guard let id = parts.first, let root = try await artifactURI(ofRun: id) else { return nil }
            (uri, runID) = (parts.count > 1 ? "\(root)/\(parts[1])" : root, id)
        }
        // One with a host means another server's.
        if uri.hasPrefix("mlflow-artifacts:/"), !uri.hasPrefix("mlflow-artifacts://") {
            return .served(String(uri.dropFirst("mlflow-artifacts:/".count)))
        }
        if let id = version.loggedModelID {
            let model = try await ask(.get("logged-models/\(PercentEncoding.encode(id))", [:]))["model"]
            return Self.path(of: uri, below: Self.artifactURI(model)).map { .ofLoggedModel(id, $0, version) }
        }
        guard let runID else { return nil }
        return Self.path(of: uri, below: try await artifactURI(ofRun: runID)).map { .ofRun(runID, $0) }
    }

    private func artifactURI(ofRun id: String) async throws -> String? {
        Self.artifactURI(try await ask(.get("runs/get", ["run_id": .string(id)]))["run"])
    }

    /// Where the artifacts of a run or logged model are.
    private static func artifactURI(_ subject: JSON?) -> String? {
        subject?.objectValue?["info"]?.objectValue?["artifact_uri"]?.stringValue
    }

    private static func path(of uri: String, below root: String?) -> String? {
        guard let root, !root.isEmpty else { return nil }
        if uri == root { return "" }
        return uri.hasPrefix(root + "/") ? String(uri.dropFirst(root.count + 1)) : nil
    }

    /// The paths of the files in `folder` and in those in it.
    ///
    /// - Throws: `RESOURCE_EXHAUSTED` for more than `countMax` files, or folders; `INVALID_PARAMETER_VALUE` for a name
    ///   that no key has; as ``ask(_:)``.
    func files(in folder: MLflowFolder, countMax: Int) async throws -> [String] {
        var files: [String] = []
        var folders = [""]
        var next = 0
        while next < folders.count {
            let path = folders[next]
            next += 1
            let listed = try await ask(folder.list(path))["files"]?.arrayValue ?? []
            for entry in listed.compactMap(\.objectValue) {
                // Some calls answer the whole path, some the last name alone.
                let names = entry["path"]?.stringValue?.unicodeScalars.split(separator: "/") ?? []
                guard let name = names.last.map({ String($0) }) else {
                    throw MartletError(.internalError, Self.strange)
                }
                let found = path.isEmpty ? name : "\(path)/\(name)"
                try Self.checkName(found)
                if entry["is_dir"] == true { folders.append(found) } else { files.append(found) }
            }
            guard files.count <= countMax, folders.count <= countMax else {
                throw MartletError(.resourceExhausted, "There are more than \(countMax) files or folders.")
            }
        }
        return files
    }

    private static func checkName(_ path: String) throws {
        do {
            _ = try ObjectKey.root.appending(decoded: path)
        } catch let error as MartletError {
            throw MartletError(
                .invalidParameterValue,
                "The name of the file '\(path.prefix(200))' can't be kept here.",
                cause: error
            )
        }
    }

    /// The bytes of the file at `path` in `folder`, as they come; `length` is what is announced of them.
    ///
    /// - Throws: ``MartletError`` with MLflow's code; as ``execute(_:)``. Reading them throws the same, and
    ///   `RESOURCE_EXHAUSTED` after more than `bytesMax`.
    func read(_ path: String, in folder: MLflowFolder, bytesMax: Int64) async throws -> (
        bytes: FetchedBytes, length: Int64?
    ) {
        let answer = try await execute(HTTPClientRequest(url: address + folder.target(path)))
        guard answer.status == .ok else {
            let said = try await Self.reaching { try await answer.body.collect(upTo: Self.refusalBytesMax) }
            throw Self.refusal(Int(answer.status.code), said)
        }
        let length = answer.headers.first(name: "Content-Length").flatMap { Int64($0) }
        return (FetchedBytes(body: answer.body, bytesMax: bytesMax), length)
    }
}

/// The body of an answer of a server behind, which ends with an error that says so when it breaks off or is too long.
struct FetchedBytes: AsyncSequence, Sendable {
    let body: HTTPClientResponse.Body
    let bytesMax: Int64

    struct Iterator: AsyncIteratorProtocol {
        fileprivate var parts: HTTPClientResponse.Body.AsyncIterator
        fileprivate var bytesLeft: Int64

        mutating func next() async throws -> ByteBuffer? {
            guard let part = try await ExternalMLflow.reaching({ try await parts.next() }) else { return nil }
            bytesLeft -= Int64(part.readableBytes)
            guard bytesLeft >= 0 else {
                throw MartletError(.resourceExhausted, "The files are larger than can be fetched.")
            }
            return part
        }
    }

    func makeAsyncIterator() -> Iterator {
        Iterator(parts: body.makeAsyncIterator(), bytesLeft: bytesMax)
    }
}

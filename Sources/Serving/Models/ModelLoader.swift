import Crypto
import Inference
import Kernel
import NIOCore
import ObjectStore
import Registry

/// Makes loaded models out of registered versions.
struct ModelLoader: Sendable {
    /// A larger file is opened by its path and not held in memory: 1 GiB.
    private static let bytesInMemoryMax: Int64 = 1 << 30

    let registry: RegistryService
    let runtime: InferenceRuntime
    /// Opens models, one after the other, so that it does not delay those who predict.
    let executor: InferenceExecutor
    /// Runs the models that ONNX Runtime does not; nil where they are refused.
    let python: PythonLoader?
    /// Keeps answers of the models that are to have them kept.
    let cache: ResultCache

    /// Loads `version` and warms it up; a model of Python as `settings` say.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when the version is not pinned, has no flavor that can be served, can't be
    ///   loaded or has a signature that does not fit; `TEMPORARILY_UNAVAILABLE` while it waits for its pin;
    ///   `RESOURCE_CONFLICT` when a file is not the one that was registered; `NOT_IMPLEMENTED` when the engine is
    ///   missing.
    func load(
        _ version: ModelVersion,
        _ settings: EndpointSettings = EndpointSettings()
    ) async throws -> (model: LoadedModel, digest: ContentDigest) {
        let name = "Model Version (name=\(version.modelName), version=\(version.number))"
        let digest = try Self.digest(of: version, name)
        let document = try await registry.model(of: version)
        guard let onnxFile = document.onnxFile else {
            guard let python, document.flavors["python_function"] != nil else {
                throw Self.noFlavor(document, name, runsPython: python != nil)
            }
            let model = try await unchanged("A file", name) {
                try await python.load(version, document, settings.workers)
            }
            return (settings.isCaching ? model.cached(by: cache) : model, digest)
        }
        let columns = try document.signature?.columns()
        let session = try await open(onnxFile, of: version, name)
        let plan = try InputPlan(inputs: session.inputs, columns: columns)
        let engine = try await onExecutor { try LoadedModel.Engine(session, settings.workers) }
        let model = LoadedModel(engine, plan: plan, outputs: session.outputs)
        return (settings.isCaching ? model.cached(by: cache) : model, digest)
    }

    /// Why a model with `document` can't be run.
    static func noFlavor(_ document: LoggedModelDocument, _ name: String, runsPython: Bool) -> MartletError {
        let flavors = document.flavors.keys.sorted().joined(separator: ", ")
        let which = !runsPython ? "no onnx flavor, the one" : "neither of the flavors onnx and python_function, those"
        return MartletError(
            .invalidParameterValue,
            "\(name) has \(which) that can be served; it has: \(flavors.isEmpty ? "none" : flavors)."
                + " Log it with mlflow.onnx.log_model\(!runsPython ? "" : " or mlflow.pyfunc.log_model")."
        )
    }

    /// The digest that the version is pinned to.
    private static func digest(of version: ModelVersion, _ name: String) throws -> ContentDigest {
        switch version.pin {
        case .pinned(let digest): return digest
        case .pending(let problem):
            let why = problem.map { "; what was in the way of the last attempt: \($0)" } ?? ""
            throw MartletError(
                .temporarilyUnavailable,
                "\(name) can't be deployed yet: its files are still being read\(why). Try again."
            )
        case .unpinned(let reason):
            throw MartletError(
                .invalidParameterValue,
                "\(name) is not pinned: \(reason). Only a version whose files were hashed can be deployed: have them read"
                    + " again (POST /api/v1/registry/models/{name}/versions/{version}/pin), or register it again from the"
                    + " artifact storage of this server."
            )
        }
    }

    private func open(_ path: String, of version: ModelVersion, _ name: String) async throws -> InferenceSession {
        let files = try await registry.pinnedFiles(of: version)
        guard let file = files.first(where: { $0.path == path }) else {
            throw MartletError(.invalidParameterValue, "\(name) has no file \(path), which its MLmodel names")
        }
        // Weights kept apart lie beside the model, under its name and a suffix.
        let isApart = files.contains { $0.path != path && $0.path.hasPrefix(path) }
        if file.sizeBytes <= Self.bytesInMemoryMax, !isApart {
            // What was hashed is what is opened, whatever happens to the file meanwhile.
            let bytes = try await read(file, of: version, name)
            return try await onExecutor { [runtime] in try InferenceSession(runtime: runtime, bytes: bytes) }
        }
        let contents = files.map { ObjectContent(path: $0.path, digest: $0.digest) }
        let place = try await registry.folder(of: version)
        let folder = try await unchanged("A file", name) {
            try await place.store.localFolder(place.key, files: contents)
        }
        // Held until the session has opened everything.
        return try await onExecutor { [runtime] in
            try InferenceSession(runtime: runtime, path: "\(folder.path)/\(path)")
        }
    }

    private func onExecutor<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        do {
            return try await executor.run(body)
        } catch let error as InferenceError {
            throw MartletError(loading: error)
        }
    }

    private func read(_ file: PinnedFile, of version: ModelVersion, _ name: String) async throws -> [UInt8] {
        let folder = try await registry.folder(of: version)
        let reader = try await unchanged("The file \(file.path)", name) {
            try await folder.store.open(folder.key(of: file.path), expecting: file.digest)
        }
        guard reader.size == file.sizeBytes else { throw Self.changed("The file \(file.path)", name) }
        var hash = SHA256()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(file.sizeBytes))
        for try await chunk in reader.read() {
            chunk.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
            bytes.append(contentsOf: chunk.readableBytesView)
        }
        guard ContentDigest(hash.finalize()) == file.digest else { throw Self.changed("The file \(file.path)", name) }
        return bytes
    }

    /// What `body` answers; says which version it is about when a file is not what it was.
    private func unchanged<Value>(_ file: String, _ name: String, _ body: () async throws -> Value) async throws
        -> Value
    {
        do {
            return try await body()
        } catch let error as MartletError where error.code == .resourceConflict {
            throw Self.changed(file, name)
        }
    }

    private static func changed(_ file: String, _ name: String) -> MartletError {
        MartletError(
            .resourceConflict,
            "\(file) of \(name) has changed since it was registered. Register the files as a new version."
        )
    }
}

extension ModelSignature {
    /// The columns that it declares; nil when it declares tensors or nothing.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` for a column of a type that no ONNX model takes.
    func columns() throws -> [InputColumn]? {
        guard let inputs, !inputs.isEmpty else { return nil }
        var columns: [InputColumn] = []
        for (index, field) in inputs.enumerated() {
            guard case .column(let given, let type, let isRequired) = field else { return nil }
            let name = given ?? String(index)
            guard let kind = InputColumn.Kind(type) else {
                throw MartletError(
                    .invalidParameterValue,
                    "Column \"\(name)\" of the signature is of a type that an ONNX model cannot be given: \(type)"
                )
            }
            columns.append(InputColumn(name: name, kind: kind, isRequired: isRequired))
        }
        return columns
    }
}

extension InputColumn.Kind {
    /// The kind of columns of `type`; nil for one that no tensor holds.
    init?(_ type: ModelSignature.ColumnType) {
        switch type {
        case .boolean: self = .boolean
        case .integer: self = .integer
        case .long: self = .long
        case .float: self = .float
        case .double: self = .double
        case .string: self = .string
        case .binary, .datetime, .nested: return nil
        }
    }
}

import FoundationEssentials
package import Inference
import Kernel
package import Registry

/// Makes loaded models out of a version's files in a folder, as ``ModelLoader`` does out of the registry.
package struct BatchModelLoader: Sendable {
    private let runtime: InferenceRuntime
    private let python: PythonRuntime?
    private let executor: InferenceExecutor

    /// Models are opened in `runtime`, on `executor`; what is no ONNX model runs in `python`, or is refused without it.
    package init(runtime: InferenceRuntime, python: PythonRuntime?, executor: InferenceExecutor) {
        self.runtime = runtime
        self.python = python
        self.executor = executor
    }

    /// How the models will be asked.
    package enum Use: Sendable {
        /// In large batches, which are put together before.
        case batches
        /// By requests, which the engine puts together.
        case requests
    }

    /// Where the file at `path` of a version goes for a model that is loaded from `folder`.
    package static func place(of path: String, in folder: String) -> String { "\(folder)/files/\(path)" }

    /// Loads `model`, whose files lie in `folder` where ``place(of:in:)`` says.
    ///
    /// The folder is removed when nobody needs it any more: of an ONNX model before this returns.
    /// - Parameters:
    ///   - model: the version.
    ///   - files: its files as they were when it was registered.
    ///   - folder: where they lie; nothing else may lie there.
    ///   - replicas: the processes of a model of Python.
    ///   - use: how it will be asked.
    /// - Returns: the model, ready to be asked.
    /// - Throws: `RESOURCE_CONFLICT` when the files are not those that the version is pinned to; `INVALID_PARAMETER_VALUE`
    ///   when it has no flavor that can be run, can't be loaded or has a signature that does not fit; `NOT_IMPLEMENTED`
    ///   when the engine is missing.
    package func load(
        _ model: BatchModel,
        _ files: [PinnedFile],
        from folder: String,
        replicas: Int,
        for use: Use = .batches
    ) async throws -> LoadedModel {
        let name = "Model Version (name=\(model.name), version=\(model.version))"
        let held = WorkerFiles(root: folder, model: folder + "/files")
        try await executor.runStoppable { try Self.check(files, of: model, in: folder, name, $0) }
        let document = try Self.document(in: folder, name)
        guard let onnxFile = document.onnxFile else {
            guard let python, document.flavors["python_function"] != nil else {
                throw ModelLoader.noFlavor(document, name, runsPython: python != nil)
            }
            let settings = WorkerSettings(replicas: replicas, isBatching: use == .batches ? false : nil)
            let shown = "\(model.name)/\(model.version)"
            return try await PythonLoader.load(held, document, name: shown, in: python, settings)
        }
        let columns = try document.signature?.columns()
        let path = "\(held.model)/\(onnxFile)"
        // By this function alone: a closure may live on for a moment on the thread that has run it.
        defer { withExtendedLifetime(held) {} }
        do {
            return try await executor.run { [runtime, executor] in
                let session = try InferenceSession(runtime: runtime, path: path)
                let plan = try InputPlan(inputs: session.inputs, columns: columns)
                let engine: LoadedModel.Engine =
                    switch use {
                    case .batches: LoadedModel.Engine(inBatches: session, on: executor)
                    case .requests:
                        try LoadedModel.Engine(session, WorkerSettings(replicas: executor.runsPerModelMax))
                    }
                return LoadedModel(engine, plan: plan, outputs: session.outputs)
            }
        } catch let error as InferenceError {
            throw MartletError(loading: error)
        }
    }

    private static func check(
        _ files: [PinnedFile],
        of model: BatchModel,
        in folder: String,
        _ name: String,
        _ stop: StopFlag
    ) throws {
        guard FileManifest(files).digest == model.digest else {
            throw MartletError(.resourceConflict, "The list of files of \(name) is not the one that it is pinned to.")
        }
        for file in files {
            let content = try DurableFile.content(of: place(of: file.path, in: folder), stop)
            guard content.digest == file.digest, content.sizeBytes == file.sizeBytes else {
                throw MartletError(
                    .resourceConflict,
                    "The file \(file.path) of \(name) has changed since it was registered. Register the files as a new"
                        + " version."
                )
            }
        }
    }

    private static func document(in folder: String, _ name: String) throws -> LoggedModelDocument {
        let path = place(of: LoggedModelDocument.fileName, in: folder)
        guard let yaml = FileManager.default.contents(atPath: path) else {
            throw MartletError(.invalidParameterValue, "\(name) has no file \(LoggedModelDocument.fileName)")
        }
        return try LoggedModelDocument(yaml: Array(yaml))
    }
}

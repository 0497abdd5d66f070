import Inference
import Kernel
import Registry

/// Makes loaded models out of registered versions that Python runs.
struct PythonLoader: Sendable {
    let registry: RegistryService
    let runtime: PythonRuntime
    let folders: WorkerFolders

    /// Copies the files of `version` and starts its processes.
    ///
    /// - Throws: `RESOURCE_CONFLICT` when a file is not the one that was registered; `INVALID_PARAMETER_VALUE` when
    ///   MLflow can't load the model; `NOT_IMPLEMENTED` without a Python that has MLflow.
    func load(
        _ version: ModelVersion,
        _ document: LoggedModelDocument,
        _ settings: WorkerSettings
    ) async throws -> LoadedModel {
        let files = try await folders.copy(
            try await registry.pinnedFiles(of: version),
            of: try await registry.folder(of: version)
        )
        let name = "\(version.modelName)/\(version.number)"
        return try await Self.load(files, document, name: name, in: runtime, settings)
    }

    /// Starts the processes of the model called `name` whose files are `files`.
    ///
    /// - Throws: as for a version.
    static func load(
        _ files: WorkerFiles,
        _ document: LoggedModelDocument,
        name: String,
        in runtime: PythonRuntime,
        _ settings: WorkerSettings
    ) async throws -> LoadedModel {
        let isRowWise = PythonSignature.isRowWise(
            loaderModule: document.flavors["python_function"]?["loader_module"]?.stringValue
        )
        let model: PythonModel
        do {
            model = try await runtime.load(files, name: name, settings, isRowWise: isRowWise)
        } catch let error as InferenceError {
            throw MartletError(loading: error)
        }
        let plan = PythonSignature.plan(document.signature, isHinted: model.ready.isHinted, isRowWise: isRowWise)
        let outputs = model.ready.outputs ?? PythonSignature.outputs(document.signature)
        return LoadedModel(.python(model), plan: plan, outputs: outputs)
    }
}

package import Inference
import Kernel
import Ledger

/// Why the model numbered `index` of those that were to be served is not.
package struct ModelFileFault: Error, Sendable {
    /// Which of the models.
    package let index: Int
    /// What is wrong with it.
    package let misfit: ModelFile.Misfit
}

extension ServingService {
    /// Loads models out of files, warms them up, and serves each under its name.
    ///
    /// - Parameters:
    ///   - files: the models, no two of one name.
    ///   - runtime: what they are opened in.
    /// - Throws: ``ModelFileFault`` for the first that is not what was said of it; `NOT_IMPLEMENTED` when the engine is
    ///   missing.
    package func serve(_ files: [ModelFile], in runtime: InferenceRuntime) async throws {
        let loader = ModelFileLoader(runtime: runtime, executor: try Self.loading(), cache: cache)
        for (index, file) in files.enumerated() {
            do {
                let loaded = try await loader.load(file)
                var endpoint = Endpoint(
                    name: file.name,
                    modelName: file.name,
                    version: file.version,
                    digest: loaded.digest,
                    deployedAt: clock.now(),
                    deployedBy: .server
                )
                endpoint.variants[0].serve(loaded.model)
                serve(endpoint, [loaded.model], history: EndpointHistory(), rollout: nil)
            } catch let misfit as ModelFile.Misfit {
                throw ModelFileFault(index: index, misfit: misfit)
            } catch let error as InferenceError {
                let misfit = ModelFile.Misfit(field: "artifact_path", problem: error.description)
                throw ModelFileFault(index: index, misfit: misfit)
            }
        }
        noteRestored()
    }
}

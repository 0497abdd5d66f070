import Foundation
import Inference
import Logging
import Martlet
import NativeLibraries
import Serving

/// Where the versions of a stream are loaded: engines that they share, and a folder that goes when the stream ends.
final class StreamWorkshop: Sendable {
    let libraries: NativeLibraryCatalog
    let executor: InferenceExecutor
    private let client: MartletClient
    private let replicas: Int
    private let folder: String
    private let loader: BatchModelLoader
    private let python: PythonRuntime?

    /// The workshop of `errand`.
    ///
    /// - Throws: ``InferenceError``.
    init(_ errand: StreamErrand) throws {
        libraries = NativeLibraryCatalog(environment: errand.environment)
        executor = try InferenceExecutor(threads: errand.settings.threads)
        client = errand.client
        replicas = errand.settings.replicas
        let folder = FileManager.default.temporaryDirectory.appending(path: "martlet-stream-\(UUID().uuidString)").path
        self.folder = folder
        python = errand.python.map { python in
            PythonRuntime(
                python,
                environment: errand.environment,
                folder: folder + "/workers",
                logger: Logger(label: "martlet.stream")
            )
        }
        loader = BatchModelLoader(runtime: InferenceRuntime(libraries: libraries), python: python, executor: executor)
    }

    /// The version that `meaning` names, brought here and loaded.
    ///
    /// - Throws: ``ClientError``, `MartletError`.
    func load(_ meaning: StreamReference.Meaning) async throws -> StreamModel {
        let version = try await PinnedVersion(meaning.version, of: meaning.name, client)
        let files = "\(folder)/\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
        do {
            try await version.fetch(to: files, client)
            let loaded = try await loader.load(
                version.model,
                version.files,
                from: files,
                replicas: replicas,
                for: .requests
            )
            return try StreamModel(
                loaded,
                name: meaning.name,
                version: version.model.version,
                contract: meaning.contract
            )
        } catch {
            try? FileManager.default.removeItem(atPath: files)
            throw error
        }
    }

    /// Ends the processes of models of Python and removes the folder; `tell` hears of one that stays behind.
    func close(_ tell: @Sendable (String) -> Void) async {
        await python?.shutDown()
        var failure: (any Error)?
        // The loader removes its own files; what is left of them may be gone before it is looked at.
        for _ in 0..<3 where FileManager.default.fileExists(atPath: folder) {
            do {
                try FileManager.default.removeItem(atPath: folder)
                failure = nil
            } catch {
                failure = error
            }
        }
        guard let failure, FileManager.default.fileExists(atPath: folder) else { return }
        tell("What was fetched stays behind: \(ClientError(folder, cannotBe: "removed", failure).message)")
    }
}

import Crypto
import Glibc
import Inference
import Kernel

/// Makes loaded models out of files, as ``ModelLoader`` does out of registered versions.
struct ModelFileLoader: Sendable {
    /// The largest file that is taken: 8 GiB. ONNX files end at 2.
    private static let bytesMax = 8 << 30

    let runtime: InferenceRuntime
    /// Reads and opens models, one after the other.
    let executor: InferenceExecutor
    /// Keeps the models' answers.
    let cache: ResultCache

    /// Loads `file` and warms it up.
    ///
    /// - Returns: the model and the digest of its file.
    /// - Throws: ``ModelFile/Misfit`` when it is not what was said of it; `NOT_IMPLEMENTED` when the engine is missing;
    ///   ``InferenceError``.
    func load(_ file: ModelFile) async throws -> (model: LoadedModel, digest: ContentDigest) {
        try await executor.run { [runtime, cache] in
            let bytes = try Self.read(file.path)
            let digest = ContentDigest(SHA256.hash(data: bytes))
            if let pinned = file.digest, pinned != digest {
                throw ModelFile.Misfit(field: "sha256", problem: "the file's SHA-256 is \(digest.hexadecimal)")
            }
            let session = try Self.open(file, bytes, runtime)
            if let misfit = file.misfit(inputs: session.inputs, outputs: session.outputs) { throw misfit }
            let plan = try InputPlan(inputs: session.inputs, columns: nil)
            let engine = try LoadedModel.Engine(session, WorkerSettings())
            return (LoadedModel(engine, plan: plan, outputs: session.outputs).cached(by: cache), digest)
        }
    }

    /// What was hashed is what is opened, whatever happens to the file meanwhile.
    private static func open(_ file: ModelFile, _ bytes: [UInt8], _ runtime: InferenceRuntime) throws
        -> InferenceSession
    {
        do throws(InferenceError) {
            return try InferenceSession(runtime: runtime, bytes: bytes)
        } catch {
            guard error.code != .engineUnavailable else { throw MartletError(loading: error) }
            throw ModelFile.Misfit(field: "artifact_path", problem: error.description)
        }
    }

    private static func read(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "rb") else { throw unreadable() }
        defer { fclose(file) }
        // A folder opens as a file does, and says that it is endless.
        guard fseek(file, 0, SEEK_END) == 0, case let size = ftell(file), (0...bytesMax).contains(size) else {
            throw ModelFile.Misfit(field: "artifact_path", problem: "it is no file of at most \(bytesMax) bytes")
        }
        rewind(file)
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = fread(buffer.baseAddress, 1, size, file)
        }
        guard bytes.count == size else { throw unreadable() }
        return bytes
    }

    private static func unreadable() -> ModelFile.Misfit {
        ModelFile.Misfit(field: "artifact_path", problem: "the file can't be read: \(String(cString: strerror(errno)))")
    }
}

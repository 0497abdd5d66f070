import Inference
import Kernel
import Logging
import Martlet
import NativeLibraries
import Serving

/// What `martlet predict` does: fetch the model, predict, tell the server.
struct PredictErrand: Sendable {
    /// What came of it.
    struct Done: Sendable {
        /// What the server remembers.
        let record: JSON
        let modelName: String
        let version: Int
        let rows: Int
        let failedRows: Int
        let seconds: Double
    }

    let client: MartletClient
    let reference: ModelReference
    let request: BatchRequest
    let threads: Int
    let replicas: Int
    /// What models of Python run in; nil where they are refused.
    let python: PythonSettings?
    let environment: [String: String]
    let meter: BatchMeter

    /// Does it all.
    ///
    /// - Throws: ``ClientError``; `CancellationError`, after which it can be gone on with.
    func run() async throws -> Done {
        do {
            return try await predict()
        } catch {
            if let told = ClientError(telling: error) { throw told }
            throw error
        }
    }

    private func predict() async throws -> Done {
        InferenceRuntime.shareFreeMemory()
        let start = ContinuousClock.now
        let version = try await PinnedVersion(try await client.number(of: reference), of: reference.name, client)
        let model = version.model
        let libraries = NativeLibraryCatalog(environment: environment)
        let executor = try InferenceExecutor(threads: threads)
        let width = max(threads + 1, replicas * 2)
        let engines = BatchJob.Engines(libraries: libraries, executor: executor, width: width)
        let job = try await BatchJob(request, by: model, engines)
        if job.rowsBefore > 0 { meter.note("Going on after \(Readable.count(job.rowsBefore)) rows.") }
        let runtime = python.map { python in
            PythonRuntime(
                python,
                environment: environment,
                folder: job.modelFolder,
                logger: Logger(label: "martlet.predict")
            )
        }
        let outcome: Result<PredictionSet, any Error>
        do {
            try await version.fetch(to: job.modelFolder, client)
            var limits = RunLimits()
            // A run may be of thousands of rows, and whoever waits for it can break it off.
            limits.time = .seconds(86_400)
            let loader = BatchModelLoader(
                runtime: InferenceRuntime(libraries: libraries, limits: limits),
                python: runtime,
                executor: executor
            )
            let loaded = try await loader.load(model, version.files, from: job.modelFolder, replicas: replicas)
            outcome = .success(try await job.run(loaded) { meter.show($0) })
        } catch {
            outcome = .failure(error)
        }
        meter.end()
        await runtime?.shutDown()
        if case .failure = outcome { job.leave() }
        let result = try outcome.get()
        let record = try await client.recordPredictionSet(Self.document(result))
        job.clean()
        return Done(
            record: record,
            modelName: model.name,
            version: model.version,
            rows: result.output.rows,
            failedRows: result.failedRows,
            seconds: (ContinuousClock.now - start) / .seconds(1)
        )
    }

    private static func document(_ set: PredictionSet) -> JSONObject {
        func file(_ file: PredictionSet.File) -> JSON {
            [
                "name": .string(file.name), "digest": .string(file.digest.description),
                "rows": .integer(Int64(file.rows)),
            ]
        }
        return [
            "model_name": .string(set.model.name), "model_version": .integer(Int64(set.model.version)),
            "model_digest": .string(set.model.digest.description), "input": file(set.input),
            "output": file(set.output),
            "schema": .array(set.schema.map { ["name": .string($0.name), "type": .string($0.type)] }),
            "failed_rows": .integer(Int64(set.failedRows)),
        ]
    }
}

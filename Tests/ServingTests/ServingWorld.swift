import Artifacts
import Database
import Foundation
import Inference
import Kernel
import Ledger
import Logging
import NIOCore
import NativeLibraries
import ObjectStore
import Registry
import Serving
import TestSupport
import Tracking

/// Models, their versions and a server of predictions on a fresh database, with real files and the real engine.
struct ServingWorld: Sendable {
    static let migrations =
        LedgerSchema.migrations + ArtifactSchema.migrations + TrackingSchema.migrations + RegistrySchema.migrations
        + ServingSchema.migrations
        + ServingSchema.predictionMigrations
    static let runtime = InferenceRuntime(
        libraries: NativeLibraryCatalog(environment: ProcessInfo.processInfo.environment)
    )

    let database: any SQLDatabase
    let artifacts: LocalObjectStore
    let activities: ActivityLog
    let tracking: TrackingService
    let registry: RegistryService
    let log: PredictionLog
    let clock: ManualClock
    let actor = Actor(name: "ada")

    init(
        database: any SQLDatabase,
        folder: String,
        limits: PredictionLog.Limits = .init(),
        outside: OutsideSources = OutsideSources()
    ) throws {
        let clock = ManualClock()
        self.database = database
        self.clock = clock
        artifacts = try LocalObjectStore(root: folder)
        activities = ActivityLog(database: database, clock: clock.clock)
        tracking = TrackingService(
            database: database,
            activities: activities,
            clock: clock.clock,
            artifactRoot: "mlflow-artifacts:"
        )
        registry = RegistryService(
            database: database,
            tracking: tracking,
            artifacts: ArtifactService(objects: artifacts, database: database, clock: clock.clock),
            activities: activities,
            clock: clock.clock,
            outside: outside
        )
        log = PredictionLog(database: database, logger: Logger(label: "test"), limits: limits)
    }

    /// A server of predictions that has loaded nothing yet.
    func makeService(
        defaultEndpoint: String? = nil,
        executor: InferenceExecutor? = nil,
        python: PythonRuntime? = nil,
        cache: ResultCache = ResultCache(bytesMax: 0),
        pinWaitMax: Duration = .seconds(20),
        samples: SampleReader? = nil
    ) throws -> ServingService {
        try ServingService(
            database: database,
            registry: registry,
            engines: ServingService.Engines(
                runtime: Self.runtime,
                executor: try executor ?? InferenceExecutor(threads: 1),
                python: python,
                cache: cache
            ),
            log: log,
            activities: activities,
            clock: clock.clock,
            defaultEndpoint: defaultEndpoint,
            pinWaitMax: pinWaitMax,
            samples: samples,
            logger: Logger(label: "test")
        )
    }

    /// The actions on endpoints with their details, oldest first.
    func trace() async throws -> [String] {
        while try await activities.seal() {}
        return try await activities.activities(after: 0, limit: 1000)
            .filter { $0.subject.kind == "endpoint" }
            .map { "\($0.actor.name) \($0.action) \($0.subject.id) \($0.topics.joined(separator: ","))" }
    }
}

/// Runs `test` in a fresh world on `backend`.
func withServing(
    _ backend: DatabaseBackend = .sqlite,
    limits: PredictionLog.Limits = .init(),
    outside: OutsideSources = OutsideSources(),
    _ test: (ServingWorld) async throws -> Void
) async throws {
    try await withTemporaryFolder { folder in
        try await withTestDatabase(backend, migrations: ServingWorld.migrations) { database in
            let world = try ServingWorld(database: database, folder: folder, limits: limits, outside: outside)
            try await world.tracking.createDefaultExperiment()
            try await test(world)
        }
    }
}

// MARK: Models

extension ServingWorld {
    /// An `MLmodel` of the onnx flavor; `inputs` is the JSON of its signature's inputs.
    static func document(inputs: String? = nil, flavor: String = "onnx") -> String {
        let signature = inputs.map { "signature:\n  inputs: '\($0)'\n" } ?? ""
        return """
            flavors:
              \(flavor):
                data: model.onnx
              python_function:
                loader_module: mlflow.\(flavor)
            model_uuid: 0123456789abcdef0123456789abcdef
            \(signature)
            """
    }

    /// The JSON of a signature with these columns.
    static func columns(_ columns: [(name: String, type: String)]) -> String {
        "[" + columns.map { "{\"name\": \"\($0.name)\", \"type\": \"\($0.type)\"}" }.joined(separator: ", ") + "]"
    }

    /// Registers a fixture as the next version of `name`, with a run that made it; answers the version.
    @discardableResult
    func register(
        _ name: String,
        fixture: String,
        document: String = ServingWorld.document(),
        file: String = "model.onnx"
    ) async throws -> ModelVersion {
        let run = try await tracking.createRun(NewRun(experimentID: ExperimentID(number: 0)), by: actor).run
        let folder = run.artifactURI + "/model"
        try await put(Array(document.utf8), at: folder + "/MLmodel")
        try await put(Array(Fixture.bytes("\(fixture).onnx")), at: "\(folder)/\(file)")
        return try await registerVersion(name, source: folder, runID: run.id)
    }

    @discardableResult
    func registerVersion(_ name: String, source: String, runID: RunID? = nil) async throws -> ModelVersion {
        do {
            _ = try await registry.createModel(NewRegisteredModel(name: name, tags: []), by: actor)
        } catch let error as MartletError where error.code == .resourceAlreadyExists {
            // A further version.
        }
        return try await registry.createVersion(
            NewModelVersion(modelName: name, source: source, runID: runID),
            by: actor
        )
    }

    /// Puts a file where the artifact proxy would put it for `uri`.
    func put(_ bytes: [UInt8], at uri: String) async throws {
        let key = try ObjectKey(String(uri.dropFirst("mlflow-artifacts:/".count)))
        let body = AsyncStream { continuation in
            continuation.yield(ByteBuffer(bytes: bytes))
            continuation.finish()
        }
        try await artifacts.put(key, from: body)
    }
}

// MARK: Requests

extension ServingService {
    /// What `/predict` answers.
    func predict(_ body: String, model: String? = nil) async throws -> JSONObject {
        let call = try Array(body.utf8).withUnsafeBytes { try predictCall($0, model: model) }
        let prediction = try await run(call)
        return try answer { prediction.writeAnswer(to: &$0) }
    }

    /// What `/predict/batch` answers.
    func predictBatch(_ body: String) async throws -> JSONObject {
        let call = try Array(body.utf8).withUnsafeBytes { try predictCall($0, many: true) }
        let prediction = try await run(call)
        return try answer { prediction.writeBatchAnswer(to: &$0) }
    }

    /// What `/invocations` answers.
    func invoke(_ body: String, isCSV: Bool = false, endpoint: String? = nil) async throws -> JSONObject {
        let call = try Array(body.utf8).withUnsafeBytes {
            try invocationCall($0, isCSV: isCSV, endpoint: endpoint)
        }
        let prediction = try await run(call)
        return try answer { prediction.writeInvocationAnswer(to: &$0) }
    }

    /// What `/v2/models/{model}/infer` answers: the body and the length of the JSON at its start.
    func infer(
        _ body: [UInt8],
        jsonBytes: Int? = nil,
        model: String,
        version: String? = nil
    ) async throws -> (bytes: [UInt8], jsonBytes: Int?) {
        let (call, answer) = try body.withUnsafeBytes {
            try inferenceCall($0, jsonBytes: jsonBytes, endpoint: model, version: version)
        }
        return answer.body(try await run(call))
    }

    /// What is answered to a request that is not in JSON.
    func infer(_ request: InferenceRequest, _ model: String) async throws -> (InferenceAnswer, [NamedTensor]) {
        let (call, answer) = try inferenceCall(request, endpoint: model, version: nil)
        return (answer, answer.chosen(try await run(call)))
    }

    private func answer(_ write: (inout JSONWriter) -> Void) throws -> JSONObject {
        var writer = JSONWriter()
        write(&writer)
        guard let object = try JSON.parse(writer.bytes).objectValue else { return JSONObject() }
        return object
    }
}

extension JSONObject {
    /// The members' text, in their order.
    var text: String { JSON.object(self).text }
}

/// The error of `body` as the caller sees it.
func refusal(_ body: () async throws -> Void) async -> String {
    do {
        try await body()
        return "nothing was refused"
    } catch {
        return (error as? MartletError)?.description ?? "not a MartletError: \(error)"
    }
}

/// A model and what Python's ONNX Runtime answers for it.
struct Fixture {
    let inputs: [JSONObject]
    let outputs: [JSONObject]

    init(_ name: String) throws {
        let document = try JSON.parse(Self.bytes("\(name).json")).objectValue
        inputs = (document?["inputs"]?.arrayValue ?? []).compactMap(\.objectValue)
        outputs = (document?["outputs"]?.arrayValue ?? []).compactMap(\.objectValue)
    }

    static func bytes(_ file: String) throws -> Data {
        let url = Bundle.module.url(forResource: "Fixtures", withExtension: nil)
        return try Data(contentsOf: (url ?? URL(filePath: "Fixtures")).appending(path: file))
    }

    /// The rows of the one input.
    var rows: [[Double]] {
        let values = (inputs[0]["values"]?.arrayValue ?? []).compactMap(\.doubleValue)
        let width = Int(inputs[0]["shape"]?.arrayValue?.last?.integerValue ?? 1)
        return stride(from: 0, to: values.count, by: width).map { Array(values[$0..<$0 + width]) }
    }

    /// The values of the output numbered `index`.
    func values(_ index: Int) -> [JSON] { outputs[index]["values"]?.arrayValue ?? [] }
}

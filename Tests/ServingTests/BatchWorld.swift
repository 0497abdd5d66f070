import Analytics
import Foundation
import Inference
import Kernel
import NativeLibraries
import Registry
import Serving
import TestSupport
import Testing

/// A folder with files to predict, and a model that does it.
struct BatchWorld: Sendable {
    static let libraries = NativeLibraryCatalog(environment: ProcessInfo.processInfo.environment)

    let folder: String
    let fixture: String
    let document: String
    let executor: InferenceExecutor
    let analytics: AnalyticsDatabase

    init(_ folder: String, fixture: String, document: String = ServingWorld.document()) throws {
        self.folder = folder
        self.fixture = fixture
        self.document = document
        executor = try InferenceExecutor(threads: 2)
        analytics = AnalyticsDatabase(libraries: Self.libraries, folders: [folder])
    }

    /// The files of the model.
    private var files: [(path: String, bytes: [UInt8])] {
        get throws {
            [("MLmodel", Array(document.utf8)), ("model.onnx", Array(try Fixture.bytes("\(fixture).onnx")))]
        }
    }

    private var pinned: [PinnedFile] {
        get throws {
            try files.map {
                PinnedFile(path: $0.path, sizeBytes: Int64($0.bytes.count), digest: ContentDigest(of: $0.bytes))
            }
        }
    }

    /// The version that predicts.
    func model(version: Int = 1) throws -> BatchModel {
        BatchModel(name: "model", version: version, digest: FileManifest(try pinned).digest)
    }

    func request(_ input: String, _ output: String) -> BatchRequest {
        func format(_ file: String) -> TableFormat { file.hasSuffix(".csv") ? .csv : .parquet }
        return BatchRequest(
            input: "\(folder)/\(input)",
            format(input),
            output: "\(folder)/\(output)",
            format(output)
        )
    }

    func job(_ request: BatchRequest, version: Int = 1) async throws -> BatchJob {
        let engines = BatchJob.Engines(libraries: Self.libraries, executor: executor, width: 3)
        return try await BatchJob(request, by: try model(version: version), engines)
    }

    /// Loads the model that `job` asks.
    func load(for job: BatchJob) async throws -> LoadedModel { try await load(from: job.modelFolder) }

    /// Loads the model as it lies in `folder`, `bent` by somebody.
    func load(from folder: String, bending bent: String? = nil) async throws -> LoadedModel {
        for file in try files {
            let path = URL(filePath: BatchModelLoader.place(of: file.path, in: folder))
            try FileManager.default.createDirectory(
                at: path.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(file.path == bent ? file.bytes + [0x0A] : file.bytes).write(to: path)
        }
        let loader = BatchModelLoader(runtime: ServingWorld.runtime, python: nil, executor: executor)
        return try await loader.load(try model(), try pinned, from: folder, replicas: 1)
    }

    /// What comes of `request` from its beginning to its end.
    @discardableResult
    func run(_ request: BatchRequest) async throws -> PredictionSet {
        let job = try await job(request)
        let outcome = try await job.run(try await load(for: job)) { _ in }
        job.clean()
        return outcome
    }

    func write(_ text: String, to file: String) throws {
        try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(file)"))
    }

    /// All rows of a file, by column.
    func table(_ file: String) async throws -> Table {
        try await analytics.readTable(
            at: "\(folder)/\(file)",
            format: file.hasSuffix(".csv") ? .csv : .parquet,
            sampleRowsMax: 1_000_000
        )
    }

    /// Writes flowers, with a text of so many letters beside each if any; 140,000 of them take three parts.
    func writeFlowers(to file: String, withTextsOf letters: Int = 0, rows: Int = 140_000) async throws {
        let text: AnalyticsSQL = letters > 0 ? "repeat(chr(97 + (range % 26)::INTEGER), $3) AS text," : ""
        let values: [AnalyticsValue] = [.text("\(folder)/\(file)"), .integer(Int64(rows))]
        _ = try await analytics.query(
            "COPY (SELECT range AS id, " + text + """
                (5 + sin(range))::FLOAT AS a, (3 + cos(range))::FLOAT AS b, (3 + 2 * sin(range * 0.1)) AS c,
                ((range % 20) / 10)::FLOAT AS d
                FROM range($2)) TO $1 (FORMAT parquet, ROW_GROUP_SIZE 4096)
                """,
            values + (letters > 0 ? [.integer(Int64(letters))] : [])
        )
    }
}

/// Runs `test` in a fresh folder with the model of `fixture`.
func withBatch(
    _ fixture: String,
    document: String = ServingWorld.document(),
    _ test: (BatchWorld) async throws -> Void
) async throws {
    try await withTemporaryFolder { folder in
        let real = URL(filePath: folder).resolvingSymlinksInPath().path()
        try await test(try BatchWorld(real, fixture: fixture, document: document))
    }
}

import Foundation
import Inference
import Kernel
import Logging
import Registry
import Serving
import Tracking

/// The interpreter of the tests, which has MLflow; `Scripts/setup test` makes it.
let testPython = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: ".build/venv/bin/python").path

extension ServingWorld {
    /// A server that runs models of Python, in `folder`.
    func makePythonService(
        in folder: String,
        python: String = testPython,
        _ change: (inout WorkerLimits) -> Void = { _ in }
    ) throws -> (service: ServingService, runtime: PythonRuntime) {
        var settings = PythonSettings()
        settings.interpreter = python
        settings.limits.requestTime = .seconds(30)
        change(&settings.limits)
        let runtime = PythonRuntime(
            settings,
            environment: ProcessInfo.processInfo.environment,
            folder: folder + "/workers",
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        return (try makeService(python: runtime), runtime)
    }

    /// Registers the model whose column `mood` says how it is to behave; with further files.
    @discardableResult
    func registerMoody(_ name: String = "moody", also: [String: String] = [:]) async throws -> ModelVersion {
        let run = try await tracking.createRun(NewRun(experimentID: ExperimentID(number: 0)), by: actor).run
        let folder = run.artifactURI + "/model"
        for file in ["MLmodel", "data", "code/moody.py"] {
            try await put(Array(Fixture.bytes("python/" + file)), at: "\(folder)/\(file)")
        }
        for (file, text) in also { try await put(Array(text.utf8), at: "\(folder)/\(file)") }
        return try await registerVersion(name, source: folder, runID: run.id)
    }
}

/// Runs `test` in a fresh world whose server runs models of Python, and ends its processes.
func withPython(
    _ change: (inout WorkerLimits) -> Void = { _ in },
    _ test: (ServingWorld, ServingService) async throws -> Void
) async throws {
    try await withServing { world in
        let folder = FileManager.default.temporaryDirectory.appending(path: "workers-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let (service, runtime) = try world.makePythonService(in: folder, change)
        do {
            try await test(world, service)
        } catch {
            await runtime.shutDown()
            throw error
        }
        await runtime.shutDown()
    }
}

extension ServingService {
    /// The processes of an endpoint's model.
    func replicas(_ name: String) throws -> [WorkerStatistics.Replica] {
        try endpoint(name).statistics.workers?.replicas ?? []
    }
}

/// Whether the process called `id` is there.
func isAlive(_ id: Int32) -> Bool {
    FileManager.default.fileExists(atPath: "/proc/\(id)")
}

/// Waits up to a minute until `condition` holds: processes start slowly on a busy machine.
func eventually(_ condition: () throws -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < deadline {
        if try condition() { return true }
        try await Task.sleep(for: .milliseconds(20))
    }
    return try condition()
}

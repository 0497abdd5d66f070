import TestSupport
import Testing

@testable import MLflowImport

@Suite("An MLflow is known again")
struct IdentityTests {
    private static func identity(
        _ backend: DatabaseBackend,
        createdAt: Int64?,
        runs: [(id: String, startedAt: Int64)]
    ) async throws -> String {
        var identity = ""
        try await SourceWorld.with(backend, createdAt: createdAt) { world in
            for run in runs { try await world.addRun(run.id, startedAt: run.startedAt) }
            identity = try await world.reading { $0.identity }
        }
        return identity
    }

    @Test("by when its oldest experiment was made", arguments: DatabaseBackend.allCases)
    func dated(backend: DatabaseBackend) async throws {
        let one = try await Self.identity(backend, createdAt: 1, runs: [])
        #expect(try await Self.identity(backend, createdAt: 1, runs: [("a", 1)]) == one)
        #expect(try await Self.identity(backend, createdAt: 2, runs: []) != one)
    }

    @Test("by its oldest run, where nobody noted when the experiment was made", arguments: DatabaseBackend.allCases)
    func undated(backend: DatabaseBackend) async throws {
        let one = try await Self.identity(backend, createdAt: nil, runs: [("b", 1)])
        #expect(try await Self.identity(backend, createdAt: nil, runs: [("a", 2), ("b", 1)]) == one)
        #expect(try await Self.identity(backend, createdAt: nil, runs: [("c", 1)]) != one)
    }
}

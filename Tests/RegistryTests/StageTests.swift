import Kernel
import Ledger
import Registry
import TestSupport
import Testing

@Suite("A promoted version archives the one it replaces")
struct StageTests {
    @Test("when it is asked to", arguments: DatabaseBackend.allCases)
    func archiving(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m", versions: 4)
            try await world.makeModel("n", versions: 1)
            let registry = world.registry
            for (name, number) in [("m", 1), ("m", 2), ("n", 1)] {
                _ = try await registry.transition(name, number, to: .production, archivingOthers: false, by: .local)
            }
            _ = try await registry.transition("m", 3, to: .staging, archivingOthers: false, by: .local)
            #expect(try await world.stages(of: "m") == [1: "Production", 2: "Production", 3: "Staging", 4: "None"])
            world.clock.advance(byMilliseconds: 5)
            let promoted = try await registry.transition("m", 3, to: .production, archivingOthers: true, by: .local)
            #expect(promoted.stage == .production && promoted.updatedAt == world.clock.now())
            #expect(try await world.stages(of: "m") == [1: "Archived", 2: "Archived", 3: "Production", 4: "None"])
            #expect(try await world.stages(of: "n") == [1: "Production"])
            #expect(try await registry.version("m", .number(1)).updatedAt == world.clock.now())
            #expect(try await registry.version("m", .number(4)).updatedAt < world.clock.now())
            #expect(try await registry.model("m").updatedAt == world.clock.now())
            #expect(try await registry.version("m", .stage(.archived)).number == 2)
        }
    }

    @Test("and not itself", arguments: DatabaseBackend.allCases)
    func again(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m", versions: 1)
            for _ in 0..<2 {
                _ = try await world.registry.transition("m", 1, to: .staging, archivingOthers: true, by: .local)
            }
            #expect(try await world.stages(of: "m") == [1: "Staging"])
        }
    }

    @Test("one after the other when two are promoted at once", arguments: DatabaseBackend.allCases)
    func concurrency(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m", versions: 10)
            try await withThrowingTaskGroup { group in
                for number in 1...10 {
                    group.addTask {
                        let registry = world.registry
                        _ = try await registry.transition(
                            "m",
                            number,
                            to: .production,
                            archivingOthers: true,
                            by: .local
                        )
                    }
                }
                try await group.waitForAll()
            }
            let stages = try await world.stages(of: "m").values
            #expect(stages.filter { $0 == "Production" }.count == 1)
            #expect(stages.filter { $0 == "Archived" }.count == 9)
        }
    }

    @Test("but nothing when it is deleted itself", arguments: DatabaseBackend.allCases)
    func deleted(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m", versions: 2)
            _ = try await world.registry.transition("m", 1, to: .production, archivingOthers: false, by: .local)
            try await world.registry.deleteVersion("m", 2, by: .local)
            #expect(
                await refusal {
                    _ = try await world.registry.transition("m", 2, to: .production, archivingOthers: true, by: .local)
                } == "RESOURCE_DOES_NOT_EXIST: Model Version (name=m, version=2) not found"
            )
            #expect(try await world.stages(of: "m") == [1: "Production"])
        }
    }

    @Test("only in a stage of use", arguments: [ModelStage.none, .archived])
    func inactive(stage: ModelStage) async throws {
        try await withRegistry(.sqlite) { world in
            try await world.makeModel("m", versions: 1)
            #expect(
                await refusal {
                    _ = try await world.registry.transition("m", 1, to: stage, archivingOthers: true, by: .local)
                }
                    == "INVALID_PARAMETER_VALUE: Model version transition cannot archive existing model versions"
                    + " because '\(stage.rawValue)' is not an Active stage. Valid stages are ['Staging', 'Production']"
            )
        }
    }

    @Test("named in any case of its letters", arguments: ["production", "PRODUCTION", "Production"])
    func names(text: String) throws {
        #expect(try ModelStage(text: text) == .production)
    }

    @Test("named by no other word", arguments: ["", "Prod", "Deleted_Internal", "production "])
    func unknownNames(text: String) {
        do { _ = try ModelStage(text: text) } catch {
            #expect(
                error.told
                    == "INVALID_PARAMETER_VALUE: Invalid Model Version stage: \(text)."
                    + " Value must be one of None, Staging, Production, Archived."
            )
            return
        }
        Issue.record("'\(text)' was taken for a stage")
    }
}

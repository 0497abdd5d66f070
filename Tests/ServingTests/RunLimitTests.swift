import Foundation
import Inference
import Kernel
import Logging
import NativeLibraries
import Registry
import TestSupport
import Testing

@testable import Serving

@Suite("A model in the server that takes too much", .timeLimit(.minutes(2)))
struct RunLimitTests {
    /// A server whose runs may take half a second, with a model that counts turns and one that answers so many zeros.
    private static func served(_ world: ServingWorld) async throws -> ServingService {
        // The engine logs to the first runtime of a process, which is that of all tests.
        _ = try ServingWorld.runtime.engineVersion()
        var limits = RunLimits()
        limits.time = .milliseconds(500)
        let libraries = NativeLibraryCatalog(environment: ProcessInfo.processInfo.environment)
        let service = try ServingService(
            database: world.database,
            registry: world.registry,
            engines: .init(
                runtime: InferenceRuntime(libraries: libraries, limits: limits),
                executor: .forServer()
            ),
            log: world.log,
            activities: world.activities,
            clock: world.clock.clock,
            logger: Logger(label: "test")
        )
        for name in ["turns", "room"] {
            try await world.register(name, fixture: name)
            _ = try await service.deploy(name, .number(1), by: world.actor)
        }
        return service
    }

    private static func body(_ model: String, _ number: String) -> String {
        "{\"model_name\": \"\(model)\", \"inputs\": [\(number)]}"
    }

    @Test("is told so, and others are answered meanwhile and afterwards")
    func time() async throws {
        try await withServing { world in
            let service = try await Self.served(world)
            async let late = refusal { _ = try await service.predict(Self.body("turns", "1e12")) }
            let answered = try await service.predict(Self.body("room", "1"))
            #expect(answered["prediction"] != nil)
            #expect(await late == "DEADLINE_EXCEEDED: the model did not answer within 0.5 s; its run was ended")
            let next = try await service.predict(Self.body("turns", "3"))
            #expect(next["prediction"] != nil)
            let logged = try await world.log.page(PredictionFilter(endpoint: "turns")).records
            #expect(logged.count == 2)
        }
    }

    @Test("of memory or of an answer is told so, and goes on answering")
    func size() async throws {
        try await withServing { world in
            let service = try await Self.served(world)
            let memory = await refusal { _ = try await service.predict(Self.body("room", "2.5e9")) }
            #expect(memory == "INTERNAL_ERROR: the model needed more memory than the 4096 MiB that a run may have")
            let answer = await refusal { _ = try await service.predict(Self.body("room", "17000000")) }
            #expect(answer == "INTERNAL_ERROR: the model answers more than the 64 MiB that an answer may have")
            #expect(try await service.predict(Self.body("room", "1"))["prediction"] != nil)
        }
    }
}

import Registry
import TestSupport
import Testing

@testable import Serving

@Suite("After a restart", .serialized)
struct RestoreTests {
    private typealias Held = (until: AsyncStream<Void>.Continuation, holder: Task<Void, any Error>)

    /// Takes a place of `turn` until the stream that is answered ends.
    private static func hold(_ turn: Turn) async -> Held {
        let begun = AsyncStream.makeStream(of: Void.self)
        let ended = AsyncStream.makeStream(of: Void.self)
        let holder = Task {
            try await turn.take {
                begun.continuation.finish()
                for await _ in ended.stream {}
            }
        }
        for await _ in begun.stream {}
        return (ended.continuation, holder)
    }

    @Test("endpoints are loaded side by side, as many at once as there are places, and changes wait for all of them")
    func sideBySide() async throws {
        try await withServing { world in
            let names = ["a", "b", "c"]
            let first = try world.makeService()
            for name in names {
                try await world.register(name, fixture: "gbdt")
                _ = try await first.deploy(name, .number(1), by: world.actor)
            }
            let service = try world.makeService()
            var held: [Held] = []
            for _ in 0..<4 { held.append(await Self.hold(service.loadPlaces)) }
            let restoring = Task { try await service.restore() }
            let allAsk = try await eventually { service.loadPlaces.waitingCount == names.count }
            #expect(allAsk, "none of them waits for another")
            #expect(service.endpoints().map(\.endpoint.state) == [.loading, .loading, .loading])
            let change = Task { try await service.undeploy("c", by: world.actor) }
            let changeWaits = try await eventually { service.deployments.waitingCount == 1 }
            #expect(changeWaits && !service.isRestored)
            // One place is enough for all of them, one after the other.
            held[0].until.finish()
            try await restoring.value
            #expect(service.isRestored)
            try await change.value
            #expect(service.endpoints().map(\.endpoint.name) == ["a", "b"])
            #expect(service.endpoints().map(\.endpoint.state) == [.ready, .ready])
            for (until, holder) in held {
                until.finish()
                try await holder.value
            }
        }
    }

    @Test("one endpoint that can't be loaded leaves the others alone")
    func failsAlone() async throws {
        try await withServing { world in
            let names = ["a", "b", "c", "d", "e", "f"]
            let first = try world.makeService()
            for name in names {
                try await world.register(name, fixture: "gbdt")
                _ = try await first.deploy(name, .number(1), by: world.actor)
            }
            let broken = try await world.registry.version("b", .number(1))
            try await world.put(Array("broken".utf8), at: broken.storageLocation + "/model.onnx")
            let service = try world.makeService()
            try await service.restore()
            let ready = service.endpoints().filter { $0.endpoint.state == .ready }.map(\.endpoint.name)
            #expect(ready == names.filter { $0 != "b" })
            #expect(try service.endpoint("b").endpoint.state != .ready)
            #expect(service.isRestored && service.loadPlaces.waitingCount == 0)
        }
    }
}

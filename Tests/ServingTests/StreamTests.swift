import EventStream
import Foundation
import Kernel
import Serving
import Synchronization
import Testing

@Suite("A stream of events", .serialized)
struct StreamTests {
    private static let columns = ["a", "b", "c", "d"]
    private static let document = ServingWorld.document(inputs: ServingWorld.columns(columns.map { ($0, "double") }))
    private static let row = "{\"a\": 5.1, \"b\": 3.5, \"c\": 1.4, \"d\": 0.2}"

    /// Runs `test` with a stream of `values`, answered by the iris model.
    private static func withStream(
        _ values: [String],
        contract: String? = nil,
        isTransactional: Bool = false,
        _ test: (StreamWorld) async throws -> Void
    ) async throws {
        try await withBatch("iris_str", document: document) { batch in
            let model = try await batch.load(from: batch.folder + "/model")
            let rules = try contract.map { try Contract(try JSON.parse($0.utf8).objectValue ?? [:]) }
            try await test(
                try StreamWorld(
                    model,
                    values,
                    contract: rules,
                    isTransactional: isTransactional,
                    executor: batch.executor
                )
            )
        }
    }

    @Test("is answered in whatever form a row comes, and each event by itself")
    func forms() async throws {
        let list = "[5.1, 3.5, 1.4, 0.2]"
        let values = [
            Self.row, list, "{\"inputs\": \(Self.row)}", "{\"inputs\": [\(Self.row), \(list)]}",
            "{\"instances\": [\(list)]}",
            "{\"dataframe_split\": {\"columns\": [\"d\", \"c\", \"b\", \"a\"], \"data\": [[0.2, 1.4, 3.5, 5.1]]}}",
            "{\"who\": \"me\", \"d\": 0.2, \"c\": 1.4, \"b\": 3.5, \"a\": 5.1, \"when\": null}",
        ]
        try await Self.withStream(values) { world in
            try await world.job.run()
            let first = try world.reply(0)
            #expect(first["id"] == "s/0-0" && first["model_name"] == "iris" && first["model_version"] == "3")
            let prediction = try #require(first["prediction"])
            for index in [1, 2, 6] { #expect(try world.reply(index)["prediction"] == prediction) }
            // Two rows at once are computed in another order than one, so only the label is the very same.
            let both = try #require(try world.reply(3)["predictions"]?.arrayValue)
            let label = prediction.objectValue?.members.first
            #expect(both.count == 2 && both.allSatisfy { $0.objectValue?.members.first == label })
            for index in [4, 5] { #expect(try world.reply(index)["predictions"] == .array([prediction])) }
            let message = try #require(world.replies.messages.first)
            #expect(message.key == Array("k0".utf8))
            #expect(message.fields == [.init("origin", "s/0-0"), .init("model", "iris/3")])
            let counts = world.counters.counts
            #expect(counts.replied == 7 && counts.read == 7 && counts.batches == 2)
            #expect(
                counts.latency.count == 7 && (235...265).contains(counts.latency.milliseconds(atQuantile: 0.5) ?? 0)
            )
        }
    }

    @Test("has dead letters with the reason, beside replies to the others")
    func deadLetters() async throws {
        let values = [
            Self.row, "{", "7", "{\"a\": 1}", "{\"a\": 1, \"b\": \"x\", \"c\": 1, \"d\": 1}",
            "{\"a\": 99, \"b\": 3.5, \"c\": 1.4, \"d\": 0.2}", Self.row,
        ]
        try await Self.withStream(values, contract: "{\"inputs\": {\"a\": {\"max\": 10}}}") { world in
            try await world.job.run()
            #expect(world.replies.messages.map(\.id) == ["s/0-0", "s/6-0"])
            let letters = world.deadLetters.messages
            #expect(letters.map { String(decoding: $0.value, as: UTF8.self) } == Array(values[1...5]))
            let reasons = letters.map { letter in letter.fields.first { $0.name == "reason" }?.value ?? "" }
            for (reason, part) in zip(reasons, ["JSON", "a row", "\"b\"", "\"b\"", "\"a\""]) {
                #expect(reason.contains(part), "\(reason)")
            }
            #expect(world.counters.counts.deadLetters == ["BAD_REQUEST": 2, "INVALID_PARAMETER_VALUE": 3])
            #expect(world.source.state.withLock { $0.committed.count } == values.count)
        }
    }

    @Test("is committed when its replies are written, however often the other side is away")
    func away() async throws {
        try await Self.withStream([Self.row, Self.row]) { world in
            world.replies.state.withLock { $0.troubles = 2 }
            world.source.state.withLock { $0.commits = [nil, true] }
            try await world.job.run()
            #expect(world.replies.messages.map(\.id) == ["s/0-0", "s/1-0"])
            #expect(world.source.state.withLock { $0.committed } == ["s/0-0", "s/1-0"])
            #expect(world.replies.state.withLock { $0.settled } == ["s/0-0", "s/1-0"])
        }
    }

    @Test("is not answered twice when it comes again after its commit was lost")
    func repeated() async throws {
        try await Self.withStream([Self.row, "{"]) { world in
            world.source.state.withLock { $0.commits = [false, true] }
            try await world.job.run()
            #expect(world.replies.messages.count == 1 && world.deadLetters.messages.count == 1)
            let counts = world.counters.counts
            #expect(counts.repeated == 2 && counts.lost == 2 && counts.read == 4)
        }
    }

    @Test("has a dead letter where its reply is never taken")
    func refusedReply() async throws {
        try await Self.withStream([Self.row, Self.row]) { world in
            world.replies.state.withLock { $0.refused = ["s/0-0"] }
            try await world.job.run()
            #expect(world.replies.messages.map(\.id) == ["s/1-0"])
            let letter = try #require(world.deadLetters.messages.first)
            #expect(letter.id == "s/0-0" && letter.fields[0].value.contains("too large"))
        }
    }

    @Test("has a dead letter in a transaction too where its reply is never taken")
    func refusedReplyInTransaction() async throws {
        try await Self.withStream([Self.row, Self.row, "{", Self.row], isTransactional: true) { world in
            world.replies.state.withLock { $0.refused = ["s/0-0", "s/3-0"] }
            world.source.state.withLock { $0.commits = [nil, true] }
            try await world.job.run()
            #expect(world.replies.messages.map(\.id) == ["s/1-0"])
            #expect(world.deadLetters.messages.map(\.id) == ["s/2-0", "s/0-0", "s/3-0"])
            let counts = world.counters.counts
            #expect(counts.replied == 1 && counts.deadLettersTotal == 3 && counts.batches == 1)
            #expect(world.source.state.withLock { $0.committed.count } == 4)
        }
    }

    @Test("is no one's when its transaction comes too late")
    func lostTransaction() async throws {
        try await Self.withStream([Self.row], isTransactional: true) { world in
            world.source.state.withLock { $0.commits = [false, true] }
            try await world.job.run()
            // Nothing was written the first time, so that it is answered when it comes again.
            #expect(world.replies.messages.map(\.id) == ["s/0-0"])
            #expect(world.counters.counts.lost == 1 && world.counters.counts.repeated == 0)
        }
    }

    @Test("ends, uncommitted, when a dead letter is never taken")
    func refusedDeadLetter() async throws {
        try await Self.withStream(["{"]) { world in
            world.deadLetters.state.withLock { $0.refused = ["s/0-0"] }
            await #expect(throws: StreamError.self) { try await world.job.run() }
            #expect(world.source.state.withLock { $0.committed }.isEmpty)
        }
    }

    @Test("shows what it does to Prometheus")
    func metrics() async throws {
        try await Self.withStream([Self.row, "{"]) { world in
            try await world.job.run()
            world.counters.note(lag: [StreamLag(part: "s/0", events: 4), StreamLag(part: "s/1", events: 3)])
            #expect(world.counters.counts.lagTotal == 7)
            let families = world.counters.counts.metrics(of: world.model.model)
            func values(_ name: String) -> [Double] {
                families.first { $0.name.description == name }?.samples.map(\.value) ?? []
            }
            #expect(values("martlet_stream_replies_total") == [1] && values("martlet_stream_dead_letters_total") == [1])
            #expect(values("martlet_stream_lag_events") == [4, 3] && values("martlet_stream_model_info") == [1])
        }
    }
}

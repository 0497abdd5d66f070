import Foundation
import Glibc
import Inference
import Testing

@Suite("A session's life", .serialized)
struct LifetimeTests {
    @Test("is shared by threads that run it at once")
    func concurrentRuns() async throws {
        let session = try Fixture.session("gbdt")
        let fixture = try Fixture.load("gbdt")
        let rows = try #require(fixture.inputs[0].tensor).floats
        let expected = try #require(fixture.outputs[1].tensor).floats
        let executor = try InferenceExecutor(threads: 8)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    try await executor.run {
                        var wrong = 0
                        for turn in 0..<500 {
                            let row = (worker + turn) % 8
                            let tensor = try Tensor(.float(Array(rows[row * 30..<row * 30 + 30])), shape: [1, 30])
                            let answer = try session.run([NamedTensor(name: "input", tensor: tensor)])[1].tensor.floats
                            if abs(answer[1] - expected[row * 2 + 1]) > 1e-6 { wrong += 1 }
                        }
                        return wrong
                    }
                }
            }
            for try await wrong in group { #expect(wrong == 0) }
        }
    }

    @Test("ends with its memory: 600 opened and closed leave nothing behind")
    func openAndClose() async {
        await #expect(processExitsWith: .success) {
            let bytes = try Fixture.bytes("gbdt.onnx")
            let inputs = try Fixture.load("gbdt").namedInputs()
            // Kept in memory, 200 of these sessions take some 68 MiB.
            let grown = try leastGrowthKiB {
                for _ in 0..<200 { _ = try InferenceSession(runtime: Fixture.runtime, bytes: bytes).run(inputs) }
            }
            #expect(grown < 2_048, "\(grown) KiB more with every round")
        }
    }

    @Test("that fails, in opening or in a run, leaves nothing behind either")
    func failures() async {
        await #expect(processExitsWith: .success) {
            let session = try Fixture.session("shapes")
            let inputs = try RefusalTests.unreshapable(session)
            // A refused model was open until its inputs were looked at: 200 of these take some 13 MiB.
            let grown = try leastGrowthKiB {
                for _ in 0..<200 {
                    #expect(throws: InferenceError.self) { try session.run(inputs) }
                    #expect(throws: InferenceError.self) { try Fixture.session("half") }
                }
            }
            #expect(grown < 2_048, "\(grown) KiB more with every round")
        }
    }

    @Test("begins with a warm-up that tells its speed", arguments: ["gbdt", "gbdt_zipmap", "iris_str", "mlp", "types"])
    func warmUp(name: String) throws {
        let warmUp = try Fixture.session(name).warmUp(rows: 64)
        #expect(warmUp.batchRows == 64)
        #expect((100..<50_000_000).contains(warmUp.singleRowNanoseconds))
        #expect((100..<50_000_000).contains(warmUp.batchNanoseconds))
    }

    @Test("needs an engine that gives its release")
    func version() throws {
        #expect(try Fixture.runtime.engineVersion() == "1.31.1")
    }
}

/// How much the process has grown after `body`, in the best of three rounds: its heap grows by steps now and then, while
/// a leak shows in every round. Other tests would count, so it is asked in a process of one test.
private func leastGrowthKiB(_ body: () throws -> Void) throws -> Int {
    try body()
    Fixture.runtime.returnFreeMemory()
    return try (0..<3).map { _ in
        let before = try residentKiB()
        try body()
        Fixture.runtime.returnFreeMemory()
        return try residentKiB() - before
    }.min() ?? 0
}

private func residentKiB() throws -> Int {
    let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
    return try #require(Int(fields[1])) * Int(getpagesize()) / 1_024
}

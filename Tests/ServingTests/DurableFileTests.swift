import Inference
import Testing

@testable import Serving

@Suite("A file that is read to its end", .timeLimit(.minutes(5)))
struct DurableFileTests {
    @Test("is read no further once nobody waits for it")
    func cancels() async throws {
        let executor = try InferenceExecutor(threads: 1)
        let begun = AsyncStream.makeStream(of: Void.self)
        let reading = Task {
            try await executor.runStoppable { stop in
                // A file without an end.
                try DurableFile.content(of: "/dev/zero", stop) { _ in begun.continuation.finish() }
            }
        }
        for await _ in begun.stream {}
        reading.cancel()
        await #expect(throws: CancellationError.self) { _ = try await reading.value }
        let answer = try await executor.run { 7 }
        #expect(answer == 7, "the thread is free again")
    }
}

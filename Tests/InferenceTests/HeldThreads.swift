import Foundation
import Testing

@testable import Inference

/// Threads of an executor that do nothing until they are let go, so that what comes meanwhile waits for them.
struct HeldThreads {
    private let gate = DispatchSemaphore(value: 0)
    private let count: Int

    /// Holds `count` threads of `executor`, which has no other work yet.
    init(_ count: Int, of executor: InferenceExecutor) async throws {
        self.count = count
        for _ in 0..<count {
            let isIn = executor.perform { [gate] in gate.wait() }
            try #require(isIn)
        }
        while executor.waitingCount > 0 { try await Task.sleep(for: .milliseconds(1)) }
    }

    /// Has them go on.
    func letGo() {
        for _ in 0..<count { gate.signal() }
    }
}

import Synchronization

/// Whether what runs on a thread of an executor is to end, for nobody waits for it any more.
package final class StopFlag: Sendable {
    private let isSet = Atomic(false)

    /// A flag that is not set.
    package init() {}

    /// Asks for the end.
    func set() {
        isSet.store(true, ordering: .relaxed)
    }

    /// Throws once the end has been asked for.
    ///
    /// - Throws: `CancellationError`.
    package func check() throws {
        if isSet.load(ordering: .relaxed) { throw CancellationError() }
    }
}

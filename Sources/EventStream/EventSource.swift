/// A stream that is read as one of a group of consumers, each event by one of them.
///
/// Calls follow one another: whoever reads has committed what was read before, or given it up.
package protocol EventSource: Sendable {
    /// The next events, at most `limit`, in the order of their part of the stream; none when none came for a moment.
    ///
    /// - Throws: ``StreamError``; after one that is `unavailable`, the same again may succeed.
    func next(_ limit: Int) async throws -> [StreamEvent]

    /// Notes that `events`, which were read last, are done: they are not read again by the group.
    ///
    /// - Returns: whether they were still this consumer's. Where not, another one reads them, or this one, again.
    /// - Throws: as ``next(_:)``.
    func commit(_ events: [StreamEvent]) async throws -> Bool

    /// What is not done yet of the parts that this consumer reads.
    ///
    /// - Throws: as ``next(_:)``.
    func lag() async throws -> [StreamLag]

    /// Leaves the group.
    func close() async
}

/// A stream that is written.
package protocol EventSink: Sendable {
    /// Writes `messages`, and waits until they can't be lost any more by what happens to this process.
    ///
    /// - Returns: why some of them will never be taken, by their index.
    /// - Throws: ``StreamError``; after one that is `unavailable`, the same again may succeed, and nothing of what was
    ///   written before is written a second time. `CancellationError`.
    func write(_ messages: [StreamMessage]) async throws -> [Int: String]

    /// Says that the events to which `messages` are the replies are committed.
    func settled(_ messages: [StreamMessage]) async

    /// Ends the connection.
    func close() async
}

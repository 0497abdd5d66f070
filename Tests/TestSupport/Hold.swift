/// Holds back whoever comes, until it is opened or their task is cancelled.
package actor Hold {
    private var waiting: [AsyncStream<Void>.Continuation] = []
    private var isOpen = false

    /// One that is closed.
    package init() {}

    /// Returns once it is open.
    package func wait() async {
        guard !isOpen else { return }
        let (opening, end) = AsyncStream.makeStream(of: Void.self)
        waiting.append(end)
        for await _ in opening {}
    }

    /// Lets everybody through, now and later.
    package func open() {
        isOpen = true
        for end in waiting { end.finish() }
        waiting = []
    }
}

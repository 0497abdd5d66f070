/// A write's body on its way through the writer: run once on its thread, answered once after the commit.
protocol PendingWrite: Sendable {
    /// Runs the body and keeps what it answers or throws. Says whether it went well.
    func run(on connection: SQLiteConnection) -> Bool
    /// Answers the caller with what was kept, or with `error` if there is one.
    func answer(_ error: DatabaseError?)
}

/// `@unchecked Sendable`: the caller makes it and puts it into the queue, under the queue's mutex; from there on the
/// writer's one thread alone runs and answers it. `result` is the only thing that changes, and nothing else sees it.
final class PendingBody<Value: Sendable>: PendingWrite, @unchecked Sendable {
    typealias Body = @Sendable (any SQLConnection) throws -> Value

    private let body: Body
    private let continuation: CheckedContinuation<Value, any Error>
    private var result: Result<Value, any Error>?

    init(_ body: @escaping Body, _ continuation: CheckedContinuation<Value, any Error>) {
        self.body = body
        self.continuation = continuation
    }

    func run(on connection: SQLiteConnection) -> Bool {
        do {
            result = .success(try connection.run(body))
            return true
        } catch {
            result = .failure(error)
            return false
        }
    }

    func answer(_ error: DatabaseError?) {
        switch result {
        case .failure(let own): continuation.resume(throwing: own)
        case .success(let value) where error == nil: continuation.resume(returning: value)
        default: continuation.resume(throwing: error ?? DatabaseError(.failed, "the write did not run"))
        }
    }
}

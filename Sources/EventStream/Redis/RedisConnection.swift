import CHiredis
import Glibc

/// A connection to a Redis server. It belongs to one actor, whose thread its calls block, and is freed with it.
///
/// After an error that is `unavailable` it is of no more use: another one is made.
final class RedisConnection {
    /// A word of a command.
    typealias Word = [UInt8]

    private static let connectSeconds = 5
    /// Longer than the longest time for which a read is asked to block.
    private static let answerSeconds = 15
    /// What a server says that will be able to answer later.
    private static let passing = [
        "LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "BUSY", "OOM", "NOSCRIPT", "NOREPLICAS",
        "MISCONF",
    ]

    private let functions: CHiredisFunctions
    private let context: UnsafeMutablePointer<CHiredisContext>
    private let server: String

    /// Connects to the server of `address`, logs in and chooses the database.
    ///
    /// - Throws: `unavailable` when it does not answer, `refused` when it does not let us in.
    init(_ address: StreamAddress, _ functions: CHiredisFunctions) throws(StreamError) {
        self.functions = functions
        server = address.servers[0]
        let colon = server.lastIndex(of: ":") ?? server.endIndex
        let host = server[..<colon].filter { $0 != "[" && $0 != "]" }
        let port = Int32(server[colon...].dropFirst()) ?? 6379
        let limit = timeval(tv_sec: Self.connectSeconds, tv_usec: 0)
        guard let context = functions.connect_with_timeout(host, port, limit) else {
            throw StreamError(.unavailable, "Redis at \(server): no memory for a connection.")
        }
        self.context = context
        guard context.pointee.err == 0 else { throw failure() }
        _ = functions.set_timeout(context, timeval(tv_sec: Self.answerSeconds, tv_usec: 0))
        _ = functions.enable_keep_alive(context)
        if let password = address.password {
            let login = Self.words(["AUTH"] + (address.user.map { [$0] } ?? []) + [password])
            _ = try checked(try send([login])[0], isLogin: true)
        }
        if address.database != 0 { _ = try ask(Self.words(["SELECT", String(address.database)])) }
    }

    deinit {
        functions.free(context)
    }

    /// A command's words.
    static func words(_ texts: [String]) -> [Word] { texts.map { Array($0.utf8) } }

    /// What the server answers to one command.
    ///
    /// - Throws: ``StreamError``, also for what the server refuses.
    func ask(_ command: [Word]) throws(StreamError) -> RedisReply {
        let replies = try send([command])
        return try checked(replies[0])
    }

    /// What the server answers to each of these commands, which are all sent before the first answer is read.
    ///
    /// - Throws: `unavailable` when the connection breaks.
    func send(_ commands: [[Word]]) throws(StreamError) -> [RedisReply] {
        for command in commands {
            guard append(command) == 0 else { throw failure() }
        }
        var replies: [RedisReply] = []
        replies.reserveCapacity(commands.count)
        for _ in commands {
            var answer: UnsafeMutableRawPointer?
            guard functions.get_reply(context, &answer) == 0, let answer else { throw failure() }
            replies.append(RedisReply(copying: answer.assumingMemoryBound(to: CHiredisReply.self).pointee))
            functions.free_reply(answer)
        }
        return replies
    }

    /// The reply, unless it is a refusal. Of a refused login only the first word is told: a server that does not know the
    /// command repeats what stood behind it, and that is the password.
    func checked(_ reply: RedisReply, isLogin: Bool = false) throws(StreamError) -> RedisReply {
        guard case .failure(let reason) = reply else { return reply }
        let word = reason.prefix { $0 != " " }
        let isPassing = Self.passing.contains { word == $0 }
        let told = isLogin ? "the login is refused (\(word))" : reason
        throw StreamError(isPassing ? .unavailable : .refused, "Redis at \(server): \(told)")
    }

    private func append(_ command: [Word]) -> Int32 {
        let lengths = command.map(\.count)
        let bytes = command.flatMap { $0 }
        return bytes.withUnsafeBytes { bytes in
            // No word is looked for where there are no bytes at all.
            let start = bytes.baseAddress.map { $0.assumingMemoryBound(to: CChar.self) }
            var offset = 0
            var places: [UnsafePointer<CChar>?] = lengths.map { length in
                defer { offset += length }
                return start.map { $0 + offset }
            }
            return functions.append_command_argv(context, Int32(command.count), &places, lengths)
        }
    }

    private func failure() -> StreamError {
        let reason = withUnsafeBytes(of: context.pointee.errstr) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        return StreamError(.unavailable, "Redis at \(server): \(reason.isEmpty ? "no answer" : reason).")
    }
}

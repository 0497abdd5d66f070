import CHiredis
import NativeLibraries

/// A Redis stream that is written, each message once however often it is asked for.
///
/// A script writes the entry and a key of the message's own in one step, and writes nothing where the key is there. The key
/// is kept for long while the event it answers may be read again, and for a moment after that was committed: another
/// consumer may have taken the event over before.
actor RedisSink: EventSink {
    private static let script = """
        if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
        local words = {'XADD', KEYS[1]}
        if ARGV[2] ~= '' then
            words[3], words[4], words[5] = 'MAXLEN', '~', ARGV[2]
        end
        words[#words + 1] = '*'
        for index = 3, #ARGV do words[#words + 1] = ARGV[index] end
        redis.call(unpack(words))
        redis.call('SET', KEYS[2], '', 'PX', ARGV[1])
        return 1
        """
    /// Seven days: so long may nobody read the input after a process was killed.
    private static let keptMs = 604_800_000
    private static let keptAfterCommitMs = 60_000

    private let address: StreamAddress
    private let functions: CHiredisFunctions
    private let field: String
    private let queue = EngineQueue(label: "martlet.stream.out")
    private var connection: RedisConnection?
    private var digest: RedisConnection.Word = []

    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    init(_ address: StreamAddress, _ functions: CHiredisFunctions) {
        self.address = address
        self.functions = functions
        field = address[option: "field"] ?? "value"
    }

    func write(_ messages: [StreamMessage]) throws -> [Int: String] {
        guard !messages.isEmpty else { return [:] }
        return try connected { connection throws(StreamError) in
            let replies = try connection.send(messages.map { command(for: $0) })
            for reply in replies { _ = try connection.checked(reply) }
            return [:]
        }
    }

    func settled(_ messages: [StreamMessage]) {
        guard !messages.isEmpty, let connection else { return }
        let commands = messages.map { message in
            [Array("PEXPIRE".utf8), marker(of: message), Array(String(Self.keptAfterCommitMs).utf8)]
        }
        // What is not heard is kept for longer.
        do { _ = try connection.send(commands) } catch { self.connection = nil }
    }

    func close() { connection = nil }

    private func connected<Value>(_ body: (RedisConnection) throws(StreamError) -> Value) throws(StreamError) -> Value {
        do throws(StreamError) {
            if let connection { return try body(connection) }
            return try body(try connect())
        } catch {
            connection = nil
            throw error
        }
    }

    private func connect() throws(StreamError) -> RedisConnection {
        let made = try RedisConnection(address, functions)
        digest = try made.ask(RedisConnection.words(["SCRIPT", "LOAD", Self.script])).bytes ?? []
        connection = made
        return made
    }

    private func command(for message: StreamMessage) -> [RedisConnection.Word] {
        var words = [Array("EVALSHA".utf8), digest] + RedisConnection.words(["2", address.name])
        words.append(marker(of: message))
        words += RedisConnection.words([String(Self.keptMs), address[option: "maxlen"] ?? "", "id", message.id])
        if let key = message.key { words += [Array("key".utf8), key] }
        words += [Array(field.utf8), message.value]
        for field in message.fields { words += RedisConnection.words([field.name, field.value]) }
        return words
    }

    /// The key that says that the message is written; in a cluster it lies where the stream does.
    private func marker(of message: StreamMessage) -> RedisConnection.Word {
        Array("martlet:written:{\(address.name)}:\(message.id)".utf8)
    }
}

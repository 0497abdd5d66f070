import CHiredis
import Glibc
import Kernel
import NativeLibraries

/// A Redis stream that is read by a consumer of a group.
///
/// What it was given and has not acknowledged it reads first, after each start and each new connection: an answer may
/// have been lost on its way. From time to time it takes over what others were given and have left for too long.
actor RedisSource: EventSource {
    private static let blockMs = 200
    private static let claimIdleMsUsual = 60_000

    private let address: StreamAddress
    private let functions: CHiredisFunctions
    private let group: String
    private let consumer: String
    private let claimIdleMs: Int
    private let field: String
    /// Its commands block for as long as nothing comes.
    private let queue = EngineQueue(label: "martlet.stream.in")
    private var connection: RedisConnection?
    private var readsOwnPending = true
    private var claimCursor = "0-0"
    private var nextClaim = ContinuousClock.now

    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    init(_ address: StreamAddress, _ functions: CHiredisFunctions) {
        self.address = address
        self.functions = functions
        group = address[option: "group"] ?? ""
        consumer = address[option: "consumer"] ?? Self.ownName
        claimIdleMs = address.number("claim_idle_ms") ?? Self.claimIdleMsUsual
        field = address[option: "field"] ?? "value"
    }

    func next(_ limit: Int) throws -> [StreamEvent] {
        try connected { connection throws(StreamError) in
            if readsOwnPending {
                let entries = try read(connection, limit, from: "0")
                // None of them may be there any more, and others behind them.
                if !entries.isEmpty { return events(of: try present(entries, connection)) }
                readsOwnPending = false
            }
            if ContinuousClock.now >= nextClaim {
                let claimed = try claim(connection, limit)
                if !claimed.isEmpty { return events(of: claimed) }
            }
            return events(of: try read(connection, limit, from: ">"))
        }
    }

    func commit(_ events: [StreamEvent]) throws -> Bool {
        let entries = events.compactMap { event -> String? in
            if case .redis(_, let entry) = event.place { entry } else { nil }
        }
        guard !entries.isEmpty else { return true }
        return try connected { connection throws(StreamError) in
            // None acknowledged means that an answer before this one was lost, or that others have done the same.
            _ = try connection.ask(RedisConnection.words(["XACK", address.name, group] + entries))
            return true
        }
    }

    func lag() throws -> [StreamLag] {
        try connected { connection throws(StreamError) in
            let groups = try connection.ask(RedisConnection.words(["XINFO", "GROUPS", address.name])).list ?? []
            let own = groups.map { RedisFields($0) }.first { $0["name"]?.text == group }
            // Before Redis 7, and after entries were deleted, nobody knows how many are left.
            let waiting = own?["lag"]?.integer.map { $0 + (own?["pending"]?.integer ?? 0) }
            return [StreamLag(part: address.name, events: waiting)]
        }
    }

    func close() {
        defer { connection = nil }
        // One with a name of its own would stay in the group for ever; it may go when it has left nothing.
        guard let connection, address[option: "consumer"] == nil else { return }
        let pending = ["XPENDING", address.name, group, "-", "+", "1", consumer]
        guard let left = try? connection.ask(RedisConnection.words(pending)).list, left.isEmpty else { return }
        _ = try? connection.ask(RedisConnection.words(["XGROUP", "DELCONSUMER", address.name, group, consumer]))
    }

    /// What `body` does with a connection; one that has broken is given up, and with it what is known of the group.
    private func connected<Value>(_ body: (RedisConnection) throws(StreamError) -> Value) throws(StreamError) -> Value {
        do throws(StreamError) {
            if let connection { return try body(connection) }
            return try body(try connect())
        } catch {
            if error.code == .unavailable || error.description.contains("NOGROUP") {
                connection = nil
                readsOwnPending = true
            }
            guard error.description.contains("NOGROUP") else { throw error }
            throw StreamError(.unavailable, error.description)
        }
    }

    /// A new connection, with the group there.
    private func connect() throws(StreamError) -> RedisConnection {
        let made = try RedisConnection(address, functions)
        let start = address[option: "start"] == "latest" ? "$" : "0"
        let create = RedisConnection.words(["XGROUP", "CREATE", address.name, group, start, "MKSTREAM"])
        let reply = try made.send([create])[0]
        if case .failure(let reason) = reply, !reason.hasPrefix("BUSYGROUP") { _ = try made.checked(reply) }
        connection = made
        return made
    }

    /// Entries for this consumer: those it was given before, from `0`, or new ones, from `>`.
    private func read(_ connection: RedisConnection, _ limit: Int, from start: String) throws(StreamError)
        -> [RedisReply]
    {
        var words = ["XREADGROUP", "GROUP", group, consumer, "COUNT", String(limit)]
        if start == ">" { words += ["BLOCK", String(Self.blockMs)] }
        let reply = try connection.ask(RedisConnection.words(words + ["STREAMS", address.name, start]))
        return reply.list?.first?.list?.last?.list ?? []
    }

    /// Takes over what other consumers have left.
    private func claim(_ connection: RedisConnection, _ limit: Int) throws(StreamError) -> [RedisReply] {
        let words = [
            "XAUTOCLAIM", address.name, group, consumer, String(claimIdleMs), claimCursor, "COUNT", String(limit),
        ]
        let reply = try connection.ask(RedisConnection.words(words)).list ?? []
        claimCursor = reply.first?.text ?? "0-0"
        // Round the list once, then a pause.
        if claimCursor == "0-0" { nextClaim = .now + .milliseconds(claimIdleMs / 2) }
        return try present(reply.count > 1 ? reply[1].list ?? [] : [], connection)
    }

    /// The entries without those that the stream has dropped meanwhile, which are acknowledged: nobody can read them.
    private func present(_ entries: [RedisReply], _ connection: RedisConnection) throws(StreamError) -> [RedisReply] {
        let gone = entries.filter { $0.list?.last?.list == nil }.compactMap { $0.list?.first?.text }
        guard !gone.isEmpty else { return entries }
        _ = try connection.ask(RedisConnection.words(["XACK", address.name, group] + gone))
        return entries.filter { $0.list?.last?.list != nil }
    }

    private func events(of entries: [RedisReply]) -> [StreamEvent] {
        entries.compactMap { entry in
            guard let parts = entry.list, parts.count == 2, let id = parts[0].text else { return nil }
            return event(id, RedisFields(parts[1]))
        }
    }

    private func event(_ entry: String, _ fields: RedisFields) -> StreamEvent {
        let value = fields[field]?.bytes
        let names = fields.members.map { "'\($0.name.prefix(50))'" }.joined(separator: ", ")
        return StreamEvent(
            place: .redis(stream: address.name, entry: entry),
            key: fields["key"]?.bytes,
            value: value ?? Array(fields.json.utf8),
            id: fields["id"]?.bytes.flatMap { StreamEvent.id($0) },
            writtenAtMs: Int64(entry.prefix { $0 != "-" }),
            fault: value == nil ? "The entry has no field '\(field)'; it has \(names.prefix(500))" : nil
        )
    }

    /// Another one for each process, so that none reads what another one has in hand. Containers may have both the host's
    /// name and the process's number in common.
    static var ownName: String {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        return "\(String(writtenTo: name))-\(getpid())-\(String(UInt32.random(in: 0...UInt32.max), radix: 36))"
    }
}

/// Names and values that Redis gives in turn.
struct RedisFields {
    let members: [(name: String, value: RedisReply)]

    init(_ reply: RedisReply) {
        let list = reply.list ?? []
        members = stride(from: 0, to: list.count - 1, by: 2).map { (list[$0].text ?? "", list[$0 + 1]) }
    }

    subscript(name: String) -> RedisReply? { members.first { $0.name == name }?.value }

    /// All of them as an object.
    var json: String {
        JSON.object(JSONObject(members.map { ($0.name, .string($0.value.text ?? "")) })).text
    }
}

import Kernel

/// Where a stream is: `kafka://host:port/topic?group=G` or `redis://:password@host:port/db/stream?group=G`.
package struct StreamAddress: Hashable, Sendable {
    /// What speaks there.
    package enum System: String, Hashable, Sendable {
        case kafka, redis
    }

    /// What is done with the stream.
    package enum Role: Hashable, Sendable {
        case input, output

        fileprivate var words: String {
            switch self {
            case .input: "a stream that is read"
            case .output: "a stream that is written"
            }
        }
    }

    /// An option of a kind of address, and how its value is checked.
    private struct Rule {
        let name: String
        let expected: String
        let isRight: @Sendable (String) -> Bool

        static func text(_ name: String) -> Rule {
            Rule(name: name, expected: "a text") { !$0.isEmpty && !$0.contains("\0") }
        }

        static func choice(_ name: String, _ values: [String]) -> Rule {
            Rule(name: name, expected: values.joined(separator: " or ")) { values.contains($0) }
        }

        static func number(_ name: String, _ range: ClosedRange<Int>) -> Rule {
            Rule(name: name, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)") {
                Int($0).map(range.contains) ?? false
            }
        }
    }

    /// What speaks there.
    package let system: System
    /// The servers, `host:port` each; of Redis one.
    package let servers: [String]
    /// The topic or stream.
    package let name: String
    /// The number of Redis' database.
    package let database: Int
    /// Who logs in; nil for nobody.
    package let user: String?
    /// With which password; never shown.
    package let password: String?
    /// The options, each checked.
    private let options: [String: String]

    /// The option `name`; nil where it is not given.
    package subscript(option name: String) -> String? { options[name] }

    /// The same as a whole number.
    package func number(_ name: String) -> Int? { options[name].flatMap { Int($0) } }

    /// The address without who logs in.
    package var shown: String {
        let path = system == .redis ? "\(database)/\(name)" : name
        return "\(system.rawValue)://\(servers.joined(separator: ","))/\(path)"
    }

    /// Whether this is the stream at `other`: one server of a cluster is enough to reach all of it.
    package func isSame(as other: StreamAddress) -> Bool {
        system == other.system && database == other.database && name == other.name
            && !Set(servers).isDisjoint(with: other.servers)
    }

    /// The address that `text` is.
    ///
    /// - Parameters:
    ///   - text: the URL.
    ///   - role: what is done with the stream.
    ///   - environment: where `password_env` finds the password.
    /// - Throws: `refused` with what is wrong and what would be right; it never has the password in it.
    package init(_ text: String, as role: Role, environment: [String: String]) throws(StreamError) {
        guard let colon = text.firstIndex(of: ":"), let system = System(rawValue: text[..<colon].lowercased()),
            text[colon...].hasPrefix("://")
        else {
            throw Self.fault(
                text.hasPrefix("rediss:")
                    ? "TLS to Redis is not offered: put a tunnel before it, and write redis://"
                    : "A stream is kafka://host:port/topic or redis://host:port/db/stream"
            )
        }
        self.system = system
        var rest = text[text.index(colon, offsetBy: 3)...]
        // Else a part of a password would be taken for a host, a topic or an option, and shown as what is wrong.
        guard let end = rest.firstIndex(where: { $0 == "/" || $0 == "?" }), !rest[end...].contains("@") else {
            throw Self.fault(
                "Behind host:port follows a / with the stream, and no @. In a name or password / is written %2F, ? %3F"
                    + " and # %23; elsewhere @ is written %40"
            )
        }
        var query: Substring = ""
        if let mark = rest.firstIndex(of: "?") {
            query = rest[rest.index(after: mark)...]
            rest = rest[..<mark]
        }
        guard !text.contains("#") else {
            throw Self.fault("A stream's address has no part behind a #; in a password it is %23")
        }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let authority = rest[..<slash]
        let path = rest[slash...].dropFirst()
        let at = authority.lastIndex(of: "@")
        servers = try Self.servers(
            authority[(at.map { authority.index(after: $0) } ?? authority.startIndex)...],
            system
        )
        (database, name) = try Self.place(path, system)
        options = try Self.options(query, system, role)
        var (user, password) = try Self.login(at.map { authority[..<$0] })
        if let variable = options["password_env"] {
            guard password == nil else { throw Self.fault("The password stands in the address and in password_env") }
            guard let found = environment[variable], !found.isEmpty else {
                throw Self.fault("password_env names \(variable), which is not set")
            }
            password = found
        }
        if user?.isEmpty == true { user = nil }
        (self.user, self.password) = (user, password)
        guard role == .output || options["group"] != nil else {
            throw Self.fault("\(shown): a stream that is read needs a group: ?group=NAME")
        }
        guard system == .redis || (user == nil) == (password == nil) else {
            throw Self.fault("\(shown): who logs in to Kafka has a name and a password")
        }
    }
}

// MARK: Parts

extension StreamAddress {
    private static func fault(_ text: String) -> StreamError { StreamError(.refused, text + ".") }

    private static func servers(_ text: Substring, _ system: System) throws(StreamError) -> [String] {
        let usual = system == .kafka ? 9092 : 6379
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard system == .kafka || parts.count == 1 else { throw fault("redis:// has one server") }
        var servers: [String] = []
        for part in parts {
            let end = part.lastIndex(of: "]") ?? part.startIndex
            let colon = part[end...].lastIndex(of: ":")
            let host = part[..<(colon ?? part.endIndex)]
            let port = colon.map { part[part.index(after: $0)...] }
            let number = port.map { UInt16($0) } ?? UInt16(usual)
            guard !host.isEmpty, let number, number > 0, !host.contains(where: { " @?#".contains($0) }) else {
                // Not shown: where the @host behind a password was forgotten, it is the password.
                throw fault("Server \(servers.count + 1) of the address is no host:port")
            }
            servers.append("\(host):\(number)")
        }
        return servers
    }

    private static func place(_ path: Substring, _ system: System) throws(StreamError) -> (Int, String) {
        switch system {
        case .kafka:
            let allowed = path.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "._-".utf8.contains(byte)
                }
            }
            guard allowed, (1...249).contains(path.utf8.count), path != ".", path != ".." else {
                throw fault("'\(path)' is no topic: letters, digits and ._- make one, at most 249 of them")
            }
            return (0, String(path))
        case .redis:
            guard let slash = path.firstIndex(of: "/"), let database = Int(path[..<slash]), database >= 0,
                let name = PercentEncoding.decode(path[path.index(after: slash)...]), !name.isEmpty
            else { throw fault("redis:// is followed by host:port, the number of a database and a stream: /0/events") }
            return (database, name)
        }
    }

    private static func login(_ text: Substring?) throws(StreamError) -> (user: String?, password: String?) {
        guard let text else { return (nil, nil) }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        var decoded: [String] = []
        for part in parts {
            guard let part = PercentEncoding.decode(part), !part.contains("\0") else {
                throw fault("The name or password in the address is no percent-encoded text")
            }
            decoded.append(part)
        }
        return (decoded.first, decoded.count > 1 ? decoded[1] : nil)
    }

    private static func options(_ query: Substring, _ system: System, _ role: Role) throws(StreamError)
        -> [String: String]
    {
        let rules = rules(system, role)
        var options: [String: String] = [:]
        for part in query.split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(pair[0])
            guard let rule = rules.first(where: { $0.name == name }) else {
                let names = rules.map(\.name).joined(separator: ", ")
                throw fault("\(role.words) at \(system.rawValue):// has no option '\(name)'; it has \(names)")
            }
            guard let value = PercentEncoding.decode(pair.count > 1 ? pair[1] : ""), rule.isRight(value) else {
                throw fault("The option \(name) is \(rule.expected)")
            }
            guard options.updateValue(value, forKey: name) == nil else { throw fault("\(name) is given twice") }
        }
        return options
    }

    private static func rules(_ system: System, _ role: Role) -> [Rule] {
        let reading: [Rule] = role == .input ? [.text("group"), .choice("start", ["earliest", "latest"])] : []
        let common = reading + [.text("password_env")]
        switch (system, role) {
        case (.kafka, _):
            let own: [Rule] =
                role == .input ? [.number("session_timeout_ms", 1_000...3_600_000)] : [.text("transactional_id")]
            return common + own + [
                .choice("security", ["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"]),
                .choice("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]), .text("ca"),
            ]
        case (.redis, .input):
            return common + [.text("consumer"), .number("claim_idle_ms", 100...86_400_000), .text("field")]
        case (.redis, .output):
            return common + [.number("maxlen", 1...1_000_000_000), .text("field")]
        }
    }
}

import Glibc
import NIOPosix
import Synchronization

/// Looks up the addresses of hosts, on threads that may wait.
///
/// The system's lookup can't be cut short, so it has threads of its own, and whoever stops waiting for one is let go.
final class HostLookup: Sendable {
    /// An address as text, and whether it is a public one.
    struct Address: Sendable {
        let text: String
        let isPublic: Bool
    }

    private static let threadsCount = 4
    /// More than this are refused: a name server that does not answer must not gather callers without end.
    static let waitingMax = 256

    private let threads = NIOThreadPool(numberOfThreads: threadsCount)
    private let resolve: @Sendable (String) -> [Address]
    private let waiting = Atomic(0)

    /// Lookups by `resolve`, which may block; by default the system's.
    init(resolve: @escaping @Sendable (String) -> [Address] = HostLookup.system) {
        self.resolve = resolve
        threads.start()
    }

    /// Ends the threads once they are idle. Nobody can be waiting: who waits holds a reference.
    deinit {
        threads.shutdownGracefully { _ in }
    }

    /// The addresses of `host`, in the order in which to try them.
    ///
    /// - Throws: ``OutboundError/unknownHost(_:)``, ``OutboundError/tooManyLookups``; `CancellationError` as soon as the
    ///   task is cancelled.
    func addresses(of host: String) async throws -> [Address] {
        guard waiting.wrappingAdd(1, ordering: .relaxed).newValue <= Self.waitingMax else {
            waiting.wrappingSubtract(1, ordering: .relaxed)
            throw OutboundError.tooManyLookups
        }
        defer { waiting.wrappingSubtract(1, ordering: .relaxed) }
        let lookup = PendingLookup()
        let found = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                lookup.begin(continuation)
                threads.submit { [resolve] _ in
                    // Nobody waits any more for one that is over.
                    guard !lookup.isOver else { return }
                    lookup.end(.success(resolve(host)))
                }
            }
        } onCancel: {
            lookup.end(.failure(CancellationError()))
        }
        guard !found.isEmpty else { throw OutboundError.unknownHost(host) }
        return found
    }

    /// What the system finds; none when it finds nothing.
    @Sendable static func system(_ host: String) -> [Address] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var addresses: [Address] = []
        var next = list
        while let entry = next?.pointee {
            if let address = address(entry) { addresses.append(address) }
            next = entry.ai_next
        }
        return addresses
    }

    private static func address(_ entry: addrinfo) -> Address? {
        guard let pointer = entry.ai_addr else { return nil }
        switch entry.ai_family {
        case AF_INET:
            let bytes = pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { socket in
                withUnsafeBytes(of: socket.pointee.sin_addr) { Array($0) }
            }
            let text = bytes.map(String.init).joined(separator: ".")
            return Address(text: text, isPublic: AddressRules.isPublic(v4: bytes))
        case AF_INET6:
            let bytes = pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { socket in
                withUnsafeBytes(of: socket.pointee.sin6_addr) { Array($0) }
            }
            let groups = stride(from: 0, to: 16, by: 2).map { index in
                String(UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1]), radix: 16)
            }
            return Address(text: groups.joined(separator: ":"), isPublic: AddressRules.isPublic(v6: bytes))
        default: return nil
        }
    }
}

/// A lookup that ends once: with what was found, or when nobody waits for it any more.
private final class PendingLookup: Sendable {
    private typealias Outcome = Result<[HostLookup.Address], any Error>

    private enum State {
        case new
        case waiting(CheckedContinuation<[HostLookup.Address], any Error>)
        case over(Outcome)
    }

    private let state = Mutex(State.new)

    var isOver: Bool {
        state.withLock { if case .over = $0 { true } else { false } }
    }

    func begin(_ continuation: CheckedContinuation<[HostLookup.Address], any Error>) {
        let early: Outcome? = state.withLock { state in
            if case .over(let outcome) = state { return outcome }
            state = .waiting(continuation)
            return nil
        }
        if let early { continuation.resume(with: early) }
    }

    func end(_ outcome: Result<[HostLookup.Address], any Error>) {
        let waiting: CheckedContinuation<[HostLookup.Address], any Error>? = state.withLock { state in
            guard case .over = state else {
                defer { state = .over(outcome) }
                if case .waiting(let continuation) = state { return continuation }
                return nil
            }
            return nil
        }
        waiting?.resume(with: outcome)
    }
}

import Glibc
import NIOPosix

/// Looks up the addresses of hosts, on a thread that may wait.
struct HostLookup: Sendable {
    /// An address as text, and whether it is a public one.
    struct Address: Sendable {
        let text: String
        let isPublic: Bool
    }

    let threads: NIOThreadPool

    /// The addresses of `host`, in the order in which to try them.
    ///
    /// - Throws: ``OutboundError/unknownHost(_:)``.
    func addresses(of host: String) async throws(OutboundError) -> [Address] {
        let found: [Address]
        do {
            found = try await threads.runIfActive { Self.addresses(host) }
        } catch {
            // The threads end with the process.
            throw .unknownHost(host)
        }
        guard !found.isEmpty else { throw .unknownHost(host) }
        return found
    }

    private static func addresses(_ host: String) -> [Address] {
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

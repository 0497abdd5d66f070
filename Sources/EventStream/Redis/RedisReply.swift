import CHiredis

/// What Redis answers to a command.
enum RedisReply: Hashable, Sendable {
    case bytes([UInt8])
    case integer(Int64)
    case list([RedisReply])
    case nothing
    /// Why it refuses, in its own words.
    case failure(String)

    /// A copy of what the library has read.
    init(copying reply: CHiredisReply) {
        switch Int(reply.type) {
        case Int(CHiredisText), Int(CHiredisStatus): self = .bytes(Self.bytes(reply))
        case Int(CHiredisInteger): self = .integer(reply.integer)
        case Int(CHiredisError): self = .failure(String(decoding: Self.bytes(reply), as: UTF8.self))
        case Int(CHiredisArray):
            guard let elements = reply.elements else {
                self = .list([])
                return
            }
            self = .list(
                (0..<reply.count).map { index in
                    elements[index].map { RedisReply(copying: $0.pointee) } ?? .nothing
                }
            )
        default: self = .nothing
        }
    }

    private static func bytes(_ reply: CHiredisReply) -> [UInt8] {
        guard let text = reply.text else { return [] }
        return Array(UnsafeRawBufferPointer(start: text, count: reply.length))
    }

    /// The bytes; nil for any other answer.
    var bytes: [UInt8]? {
        if case .bytes(let bytes) = self { bytes } else { nil }
    }

    /// The bytes as text; nil for any other answer.
    var text: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

    /// The elements; nil for any other answer.
    var list: [RedisReply]? {
        if case .list(let list) = self { list } else { nil }
    }

    /// The number; nil for any other answer.
    var integer: Int64? {
        if case .integer(let number) = self { number } else { nil }
    }
}

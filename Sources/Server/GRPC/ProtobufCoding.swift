import FoundationEssentials
import GRPCCore
import SwiftProtobuf

/// Reads a message from its bytes.
struct ProtobufReader<Message: SwiftProtobuf.Message>: MessageDeserializer {
    func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> Message {
        do {
            return try bytes.withUnsafeBytes { bytes in
                // The message copies what it keeps.
                let base = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
                let data = base.map { Data(bytesNoCopy: $0, count: bytes.count, deallocator: .none) }
                return try Message(serializedBytes: data ?? Data())
            }
        } catch {
            throw RPCError(code: .invalidArgument, message: "The message is not what the protocol says.", cause: error)
        }
    }
}

/// Writes a message as its bytes.
struct ProtobufWriter<Message: SwiftProtobuf.Message>: MessageSerializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: Message) throws -> Bytes {
        let bytes: [UInt8] = try message.serializedBytes()
        return Bytes(bytes)
    }
}

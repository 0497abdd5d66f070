import Kernel

/// One message between the server and a worker: a head of JSON, and raw bytes behind it.
///
/// On the socket it is the head's length (4 bytes), the payload's (8), head and payload, all little-endian.
struct WorkerFrame: Sendable {
    /// The bytes of both lengths.
    static let lengthBytes = 12
    /// A longer head is no head of ours.
    static let headBytesMax = 1 << 20

    let head: JSONObject
    let payload: [UInt8]

    /// The lengths of head and payload at the start of a frame; nil where no frame begins so, or one that is too long.
    static func lengths(_ bytes: [UInt8], payloadBytesMax: Int) -> (head: Int, payload: Int)? {
        guard bytes.count == lengthBytes else { return nil }
        return bytes.withUnsafeBytes { bytes in
            let head = UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self))
            let payload = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt64.self))
            guard head <= headBytesMax, payload <= payloadBytesMax else { return nil }
            return (Int(head), Int(payload))
        }
    }

    /// The frame of `head` and `payload`; nil where the head is no JSON object.
    init?(head: [UInt8], payload: [UInt8]) {
        guard let object = (try? JSON.parse(head))?.objectValue else { return nil }
        self.head = object
        self.payload = payload
    }

    /// A frame's bytes: the head that `head` writes, and the payload that `payload` appends.
    static func bytes(capacity: Int, _ head: (inout JSONWriter) -> Void, _ payload: (inout [UInt8]) -> Void) -> [UInt8]
    {
        var writer = JSONWriter(capacity: 512)
        writer.object(head)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(lengthBytes + writer.bytes.count + capacity)
        append(UInt32(writer.bytes.count), to: &bytes)
        append(UInt64(0), to: &bytes)
        bytes += writer.bytes
        let start = bytes.count
        payload(&bytes)
        var length = UInt64(bytes.count - start).littleEndian
        withUnsafeBytes(of: &length) { length in
            for (index, byte) in length.enumerated() { bytes[4 + index] = byte }
        }
        return bytes
    }

    private static func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
        var number = number.littleEndian
        withUnsafeBytes(of: &number) { bytes += $0 }
    }
}

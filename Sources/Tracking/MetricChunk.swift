import Database

/// Points of one metric that were logged together, in the bytes of one row.
///
/// First the timestamp of the first point, big-endian with its sign bit turned over, so that the order of the bytes is
/// the order of time. Then each point in the order of time: the steps from its predecessor in timestamp and step, as
/// zigzag variable-length numbers, and the eight bytes of the value, little-endian. A first point follows (its own
/// timestamp, step 0). Equal points make equal bytes, whatever their order was: so a call that is sent again adds
/// nothing.
enum MetricChunk {
    /// SQLite keeps a row of a clustered table on its page up to 1,002 bytes of 4,096; more would take a page apart.
    static let bytesMax = 900
    private static let pointBytesMax = 28

    /// The bytes of `points`, in as many chunks as they need.
    static func chunks(of points: [MetricPoint]) -> [[UInt8]] {
        var points = points
        MetricPointOrder.time.sort(&points)
        var chunks: [[UInt8]] = []
        var chunk: [UInt8] = []
        var last = MetricPoint(timestamp: 0, step: 0, value: 0)
        for point in points {
            if chunk.count > bytesMax - pointBytesMax {
                chunks.append(chunk)
                chunk.removeAll(keepingCapacity: true)
            }
            if chunk.isEmpty {
                last = MetricPoint(timestamp: point.timestamp, step: 0, value: 0)
                chunk.reserveCapacity(bytesMax)
                append((UInt64(bitPattern: point.timestamp) ^ 1 << 63).byteSwapped, to: &chunk)
            }
            append(variable: point.timestamp &- last.timestamp, to: &chunk)
            append(variable: point.step &- last.step, to: &chunk)
            // One zero and one NaN, as in a column of SQLite.
            append((point.value.isNaN ? Double.nan : point.value + 0).bitPattern, to: &chunk)
            last = point
        }
        if !chunk.isEmpty { chunks.append(chunk) }
        return chunks
    }

    /// Appends the points in `chunk` that lie between two steps (both ends in) to `points`, in the order of time.
    ///
    /// - Throws: ``DatabaseError`` `.unexpectedValue` when it is not a chunk.
    static func read(
        _ chunk: [UInt8],
        _ steps: ClosedRange<Int64> = .min ... .max,
        into points: inout [MetricPoint]
    ) throws(DatabaseError) {
        let isWhole = chunk.withUnsafeBytes { bytes in
            var reader = ChunkReader(bytes)
            guard var timestamp = reader.word().map({ Int64(bitPattern: $0.byteSwapped ^ 1 << 63) }) else {
                return false
            }
            var step: Int64 = 0
            while !reader.isAtEnd {
                guard let duration = reader.variable(), let stride = reader.variable(), let value = reader.word() else {
                    return false
                }
                timestamp &+= duration
                step &+= stride
                guard steps.contains(step) else { continue }
                points.append(MetricPoint(timestamp: timestamp, step: step, value: Double(bitPattern: value)))
            }
            return true
        }
        guard isWhole else { throw DatabaseError(.unexpectedValue, "a chunk of metric points ends too early") }
    }

    // MARK: Numbers

    private static func append(_ word: UInt64, to chunk: inout [UInt8]) {
        withUnsafeBytes(of: word.littleEndian) { chunk.append(contentsOf: $0) }
    }

    /// Zigzag: small numbers of either sign are small; then seven bits a byte, the lowest first.
    private static func append(variable number: Int64, to chunk: inout [UInt8]) {
        var rest = UInt64(bitPattern: number << 1 ^ number >> 63)
        while rest >= 0x80 {
            chunk.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        chunk.append(UInt8(truncatingIfNeeded: rest))
    }
}

/// Numbers one after the other; nil for one that the bytes end in.
private struct ChunkReader {
    // The memory is the chunk's, lent for the time of one call; every access is checked against its end.
    private let bytes: UnsafeRawBufferPointer
    private var place = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { place == bytes.count }

    mutating func word() -> UInt64? {
        guard bytes.count - place >= 8 else { return nil }
        defer { place += 8 }
        return UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
    }

    mutating func variable() -> Int64? {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while place < bytes.count, shift < 64 {
            let byte = bytes[place]
            place += 1
            number |= UInt64(byte & 0x7F) &<< shift
            if byte < 0x80 { return Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1) }
            shift += 7
        }
        return nil
    }
}

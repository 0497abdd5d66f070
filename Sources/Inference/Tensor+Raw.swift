/// Elements as the Open Inference Protocol's binary extension has them: little-endian, one after the other; a flag is
/// one byte, a string four bytes of length and its bytes.
extension Tensor.Values {
    /// Adds the elements to `bytes`.
    package func appendRaw(to bytes: inout [UInt8]) {
        switch self {
        case .float(let values): Self.append(values.map(\.bitPattern), to: &bytes)
        case .double(let values): Self.append(values.map(\.bitPattern), to: &bytes)
        case .int8(let values): Self.append(values, to: &bytes)
        case .int16(let values): Self.append(values, to: &bytes)
        case .int32(let values): Self.append(values, to: &bytes)
        case .int64(let values): Self.append(values, to: &bytes)
        case .uint8(let values): bytes += values
        case .uint16(let values): Self.append(values, to: &bytes)
        case .uint32(let values): Self.append(values, to: &bytes)
        case .uint64(let values): Self.append(values, to: &bytes)
        case .bool(let values): bytes += values.map { $0 ? 1 : 0 }
        case .string(let values):
            for value in values {
                Self.append([UInt32(truncatingIfNeeded: value.utf8.count)], to: &bytes)
                bytes += value.utf8
            }
        }
    }

    private static func append(_ values: [some FixedWidthInteger], to bytes: inout [UInt8]) {
        values.map(\.littleEndian).withUnsafeBytes { bytes += $0 }
    }

    /// The `count` elements of kind `type` that `bytes` are; nil when they are not so many, or a string is not UTF-8.
    package init?(raw bytes: UnsafeRawBufferPointer, _ type: ElementType, count: Int) {
        let size = type.rawSize
        if let size, bytes.count != size * count { return nil }
        switch type {
        case .float: self = .float(Self.read(bytes, count).map(Float.init(bitPattern:)))
        case .double: self = .double(Self.read(bytes, count).map(Double.init(bitPattern:)))
        case .int8: self = .int8(Self.read(bytes, count))
        case .int16: self = .int16(Self.read(bytes, count))
        case .int32: self = .int32(Self.read(bytes, count))
        case .int64: self = .int64(Self.read(bytes, count))
        case .uint8: self = .uint8(Array(bytes))
        case .uint16: self = .uint16(Self.read(bytes, count))
        case .uint32: self = .uint32(Self.read(bytes, count))
        case .uint64: self = .uint64(Self.read(bytes, count))
        case .bool: self = .bool(bytes.map { $0 != 0 })
        case .string:
            guard let strings = Self.strings(bytes, count) else { return nil }
            self = .string(strings)
        }
    }

    private static func read<Integer: FixedWidthInteger>(_ bytes: UnsafeRawBufferPointer, _ count: Int) -> [Integer] {
        let size = MemoryLayout<Integer>.size
        return (0..<count).map { index in
            Integer(littleEndian: bytes.loadUnaligned(fromByteOffset: index * size, as: Integer.self))
        }
    }

    private static func strings(_ bytes: UnsafeRawBufferPointer, _ count: Int) -> [String]? {
        // A string takes four bytes at least, so that `count` is no more than there can be.
        guard count <= bytes.count / 4 else { return nil }
        var strings: [String] = []
        var offset = 0
        for _ in 0..<count {
            guard bytes.count - offset >= 4 else { return nil }
            let length = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
            offset += 4
            guard bytes.count - offset >= length,
                let text = String(validating: bytes[offset..<offset + length], as: UTF8.self)
            else { return nil }
            strings.append(text)
            offset += length
        }
        return offset == bytes.count ? strings : nil
    }
}

extension ElementType {
    /// The bytes of one element in the binary extension; nil for strings, which say their own.
    var rawSize: Int? {
        switch self {
        case .bool, .int8, .uint8: 1
        case .int16, .uint16: 2
        case .float, .int32, .uint32: 4
        case .double, .int64, .uint64: 8
        case .string: nil
        }
    }
}

// A value: what goes into a run and what comes out. Who makes one releases it. A value over our memory is read by a run
// only, while that memory stays where it is; its release does not look at it.

import CONNXRuntime

/// A value that the engine has made, borrowed to be read.
struct ORTValue {
    /// An address to give where there are no bytes and the engine still wants one; never read.
    static var nothing: UnsafeRawPointer { UnsafeRawPointer(bitPattern: 64).unsafelyUnwrapped }

    private let value: OpaquePointer
    private let engine: ORTEnvironment

    init(_ value: OpaquePointer, engine: ORTEnvironment) {
        self.value = value
        self.engine = engine
    }

    /// A value over `bytes`, without a copy, to be run while they stay where they are; the caller releases it.
    static func make(
        over bytes: UnsafeRawBufferPointer,
        type: ElementType,
        shape: [Int],
        engine: ORTEnvironment
    ) throws(InferenceError) -> OpaquePointer {
        // ORT's signature is for memory that it may fill; a run only reads its inputs.
        let data = UnsafeMutableRawPointer(mutating: bytes.baseAddress ?? nothing)
        var value: OpaquePointer?
        let status = ORTCreateTensorOver(
            engine.api,
            engine.memoryInfo,
            data,
            bytes.count,
            shape,
            shape.count,
            type.rawValue,
            &value
        )
        try ORTStatus.check(status, engine.api, .runFailed)
        return try ORTStatus.made(value)
    }

    /// A value that holds copies of these strings, NUL and all; the caller releases it.
    static func make(
        _ strings: [String],
        shape: [Int],
        engine: ORTEnvironment
    ) throws(InferenceError) -> OpaquePointer {
        let api = engine.api
        var made: OpaquePointer?
        let status = ORTCreateTensor(api, engine.allocator, shape, shape.count, ElementType.string.rawValue, &made)
        try ORTStatus.check(status, api, .runFailed)
        let value = try ORTStatus.made(made)
        do {
            for (index, string) in strings.enumerated() {
                var string = string
                let status = string.withUTF8 { text in
                    var room: UnsafeMutablePointer<CChar>?
                    let status = ORTResizedStringBuffer(api, value, index, text.count, &room)
                    if let room { UnsafeMutableRawBufferPointer(start: room, count: text.count).copyBytes(from: text) }
                    return status
                }
                try ORTStatus.check(status, api, .runFailed)
            }
        } catch {
            ORTReleaseValue(api, value)
            throw error
        }
        return value
    }

    /// The value copied out, as what the model declares it to be, as far as there is `room`.
    func read(as output: TensorDescription, in room: inout AnswerRoom) throws(InferenceError) -> NamedTensor {
        switch output.kind {
        case .tensor: NamedTensor(name: output.name, tensor: try tensor(in: &room))
        case .sequenceOfMap: try matrix(named: output.name, in: &room)
        }
    }

    /// The value as a tensor, with the shape that it has and not the one that was declared.
    private func tensor(in room: inout AnswerRoom) throws(InferenceError) -> Tensor {
        var code: Int32 = 0
        var dimensions: UnsafePointer<Int>?
        var rank = 0
        let status = ORTTensorTypeAndShape(engine.api, value, &code, &dimensions, &rank)
        try ORTStatus.check(status, engine.api, .runFailed)
        guard let type = ElementType(rawValue: code) else {
            throw InferenceError(.modelUnsupported, "the model answers with \(ElementType.name(ofCode: code)) elements")
        }
        let shape = Array(UnsafeBufferPointer(start: dimensions, count: rank))
        let count = shape.reduce(1, *)
        guard let size = type.rawSize else {
            return Tensor(checked: .string(try strings(count, in: &room)), shape: shape)
        }
        try room.take(count, ofBytes: size)
        var data: UnsafeMutableRawPointer?
        try ORTStatus.check(ORTTensorData(engine.api, value, &data), engine.api, .runFailed)
        let memory = UnsafeRawPointer(data) ?? Self.nothing
        return Tensor(checked: Self.values(type, memory, count: count), shape: shape)
    }

    private static func values(_ type: ElementType, _ memory: UnsafeRawPointer, count: Int) -> Tensor.Values {
        func copy<Element>(_: Element.Type) -> [Element] {
            Array(UnsafeBufferPointer(start: memory.assumingMemoryBound(to: Element.self), count: count))
        }
        switch type {
        case .float: return .float(copy(Float.self))
        case .double: return .double(copy(Double.self))
        case .int8: return .int8(copy(Int8.self))
        case .int16: return .int16(copy(Int16.self))
        case .int32: return .int32(copy(Int32.self))
        case .int64: return .int64(copy(Int64.self))
        case .uint8: return .uint8(copy(UInt8.self))
        case .uint16: return .uint16(copy(UInt16.self))
        case .uint32: return .uint32(copy(UInt32.self))
        case .uint64: return .uint64(copy(UInt64.self))
        // A byte other than 0 and 1 would not be a Bool.
        case .bool: return .bool(copy(UInt8.self).map { $0 != 0 })
        case .string: preconditionFailure("strings are read all at once")
        }
    }

    private func strings(_ count: Int, in room: inout AnswerRoom) throws(InferenceError) -> [String] {
        guard count > 0 else { return [] }
        try room.take(count, ofBytes: MemoryLayout<String>.size)
        let api = engine.api
        var size = 0
        try ORTStatus.check(ORTStringDataSize(api, value, &size), api, .runFailed)
        try room.take(size, ofBytes: 1)
        var bytes = [UInt8](repeating: 0, count: max(1, size))
        var offsets = [Int](repeating: 0, count: count + 1)
        let status = ORTStringContent(api, value, &bytes, size, &offsets, count)
        try ORTStatus.check(status, api, .runFailed)
        offsets[count] = size
        return (0..<count).map { String(decoding: bytes[offsets[$0]..<offsets[$0 + 1]], as: UTF8.self) }
    }

    /// A sequence of maps as one `rows × classes` matrix.
    ///
    /// ZipMap is the only operator that makes such a sequence, and all its maps have the same keys, in the map's own
    /// order: so the classes are read off the first.
    private func matrix(named name: String, in room: inout AnswerRoom) throws(InferenceError) -> NamedTensor {
        var rows = 0
        try ORTStatus.check(ORTValueCount(engine.api, value, &rows), engine.api, .runFailed)
        var classes: Tensor?
        var numbers: [Float] = []
        for row in 0..<rows {
            try withElement(row) { map throws(InferenceError) in
                if classes == nil {
                    try map.withElement(0) { keys throws(InferenceError) in
                        let keys = try keys.tensor(in: &room)
                        classes = keys
                        numbers.reserveCapacity(rows * keys.count)
                    }
                }
                try map.withElement(1) { values throws(InferenceError) in
                    guard case .float(let row) = try values.tensor(in: &room).values, row.count == classes?.count else {
                        throw InferenceError(.modelUnsupported, "output \"\(name)\": its rows have different classes")
                    }
                    numbers += row
                }
            }
        }
        let matrix = Tensor(checked: .float(numbers), shape: [rows, classes?.count ?? 0])
        return NamedTensor(name: name, tensor: matrix, classes: classes ?? Tensor(checked: .int64([]), shape: [0]))
    }

    /// Calls `body` with an element of a sequence, or a map's keys (0) or values (1), and releases it.
    private func withElement(
        _ index: Int,
        _ body: (ORTValue) throws(InferenceError) -> Void
    ) throws(InferenceError) {
        var made: OpaquePointer?
        let status = ORTGetValue(engine.api, value, Int32(index), engine.allocator, &made)
        try ORTStatus.check(status, engine.api, .runFailed)
        let element = try ORTStatus.made(made)
        defer { ORTReleaseValue(engine.api, element) }
        try body(ORTValue(element, engine: engine))
    }
}

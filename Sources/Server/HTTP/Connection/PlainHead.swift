/// The head of a plain request where its bytes lie: GET or POST of HTTP/1.1, a host, a body of known length if any, no
/// header twice, and none that changes how its connection or its body is to be taken.
///
/// What is not plain is no fault: HTTP's codec decides about it. Where a plain request ends there is no second opinion
/// (RFC 9112, section 11.2), for whatever could have one is not plain.
struct PlainHead {
    /// The longest head that is plain, in bytes, and the most headers of one.
    private static let bytesMax = 8 << 10
    private static let linesMax = 32

    private struct Line {
        var name = 0..<0
        var value = 0..<0
    }

    private let bytes: UnsafeRawBufferPointer
    private let target: Range<Int>
    private var lines = InlineArray<32, Line>(repeating: Line())
    private var lineCount = 0
    private var announced: Int?

    /// Whether the method is POST, not GET.
    let isPost: Bool
    /// How many bytes the head has with its empty line.
    private(set) var count = 0
    /// How many bytes the body has.
    var bodyCount: Int { announced ?? 0 }

    /// The head at the beginning of `bytes`, which must stay where they are while it is used; nil where there is no plain
    /// one, or not the whole of it.
    init?(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
        var cursor = HeadCursor(UnsafeRawBufferPointer(rebasing: bytes.prefix(Self.bytesMax)))
        isPost = cursor.take("POST ")
        guard isPost || cursor.take("GET ") else { return nil }
        target = cursor.takeAll { $0 > 0x20 && $0 < 0x7F }
        guard bytes[target].first == UInt8(ascii: "/"), cursor.take(" HTTP/1.1\r\n") else { return nil }
        while !cursor.take("\r\n") {
            let name = cursor.takeAll(HeadCursor.isOfToken)
            guard !name.isEmpty, cursor.take(":") else { return nil }
            _ = cursor.takeAll { $0 == 0x20 }
            let value = cursor.takeAll { $0 >= 0x20 && $0 < 0x7F }
            guard bytes[value].last != 0x20, cursor.take("\r\n"), keep(Line(name: name, value: value))
            else { return nil }
        }
        count = cursor.position
        guard header("host") != nil, isPost || bodyCount == 0 else { return nil }
    }

    /// Whether `bytes` begin what may become a plain request whose head has not come to its end.
    static func mayBegin(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count < bytesMax, bytes.starts(with: "POST /".utf8) else { return false }
        // An end that is there and was not taken for one will not become one.
        var newlines = 0
        for byte in bytes where byte != 0x0D {
            newlines = byte == 0x0A ? newlines + 1 : 0
            if newlines == 2 { return false }
        }
        return true
    }

    /// Notes a header; false where with it the request is not plain.
    private mutating func keep(_ line: Line) -> Bool {
        guard lineCount < Self.linesMax else { return false }
        // Of two of one name the routes make one, or choose.
        for index in 0..<lineCount where lines[index].name.count == line.name.count {
            guard !areAlike(lines[index].name, line.name) else { return false }
        }
        lines[lineCount] = line
        lineCount += 1
        // A name is told by its length first: most headers are none of these.
        switch line.name.count {
        case 2: return !matches(line.name, "te")
        case 6: return !matches(line.name, "expect")
        case 7: return !matches(line.name, "upgrade") && !matches(line.name, "trailer")
        case 10: return !matches(line.name, "connection") || matches(line.value, "keep-alive")
        case 14:
            guard matches(line.name, "content-length") else { return true }
            guard let count = number(line.value) else { return false }
            announced = count
        case 16: return !matches(line.name, "proxy-connection")
        case 17: return !matches(line.name, "transfer-encoding")
        default: break
        }
        return true
    }

    private func number(_ range: Range<Int>) -> Int? {
        guard (1...9).contains(range.count) else { return nil }
        var number = 0
        for index in range {
            guard bytes[index] >= 0x30, bytes[index] <= 0x39 else { return nil }
            number = 10 * number + Int(bytes[index] - 0x30)
        }
        return number
    }

    /// Whether the bytes in `range` are `text`, which is in lower case, whatever their own case.
    private func matches(_ range: Range<Int>, _ text: String) -> Bool {
        guard range.count == text.utf8.count else { return false }
        return zip(range, text.utf8).allSatisfy { Self.lowercased(bytes[$0]) == $1 }
    }

    private func areAlike(_ one: Range<Int>, _ other: Range<Int>) -> Bool {
        zip(one, other).allSatisfy { Self.lowercased(bytes[$0]) == Self.lowercased(bytes[$1]) }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte }

    private func text(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }
}

// MARK: What it says

extension PlainHead {
    /// The target of the request: a path and what follows it.
    var targetText: String { text(target) }

    /// Whether the target is `path`.
    func isFor(_ path: StaticString) -> Bool {
        target.count == path.utf8CodeUnitCount && bytes[target].starts(with: path.bytes)
    }

    /// The part of the target between `prefix` and `suffix` where it is one part of a path, without escapes or a query.
    func part(after prefix: StaticString, before suffix: StaticString) -> String? {
        let start = target.lowerBound + prefix.utf8CodeUnitCount
        let end = target.upperBound - suffix.utf8CodeUnitCount
        guard start < end, bytes[target].starts(with: prefix.bytes),
            bytes[end..<target.upperBound].elementsEqual(suffix.bytes),
            bytes[start..<end].allSatisfy({ $0 != 0x2F && $0 != 0x25 && $0 != 0x3F })
        else { return nil }
        return text(start..<end)
    }

    /// The value of the header `name`, which is in lower case.
    func header(_ name: String) -> String? {
        for index in 0..<lineCount where matches(lines[index].name, name) { return text(lines[index].value) }
        return nil
    }
}

/// Steps through the bytes of a head.
private struct HeadCursor {
    private let bytes: UnsafeRawBufferPointer
    private(set) var position = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// Steps over `text` if it comes next.
    mutating func take(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard bytes.count - position >= count, bytes[position..<position + count].elementsEqual(text.bytes)
        else { return false }
        position += count
        return true
    }

    /// Steps over all that `accepts` takes; answers where they lie.
    mutating func takeAll(_ accepts: (UInt8) -> Bool) -> Range<Int> {
        let start = position
        while position < bytes.count, accepts(bytes[position]) { position += 1 }
        return start..<position
    }

    /// Whether a header's name may hold `byte`: letters, digits and hyphens, which is less than RFC 9110, section 5.6.2,
    /// lets through.
    static func isOfToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D: true
        default: false
        }
    }
}

extension StaticString {
    fileprivate var bytes: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: utf8Start, count: utf8CodeUnitCount)
    }
}

import Kernel

/// Where an object lies in a store: a relative path whose every spelling has been checked, or the root of the store.
///
/// Segments are joined by `/`, at most 64, 255 bytes each and 1024 bytes together.
package struct ObjectKey: Hashable, Sendable, CustomStringConvertible {
    /// The folder that holds all objects; no text names it.
    package static let root = ObjectKey(segments: [])

    /// The folder, at the root, in which a store keeps unfinished uploads; no key leads into it.
    static let reservedFolder = ".martlet-uploads"
    /// How the name of a folder of parts in it begins; the upload's id follows.
    static let partsPrefix = "parts-"
    /// The folder in which a store keeps unfinished uploads, as a key.
    static let uploads = ObjectKey(segments: [reservedFolder])

    private static let bytesMax = 1024
    private static let segmentBytesMax = 255
    private static let segmentsMax = 64

    /// The names from the root down, decoded; empty for the root.
    package let segments: [String]

    private init(segments: [String]) {
        self.segments = segments
    }

    /// The key that a client's path names, by MLflow 3.18's rules.
    ///
    /// The text is percent-decoded until nothing is left to decode; segments `.` are dropped.
    /// - Throws: `INVALID_PARAMETER_VALUE` with the message `Invalid path` for a segment `..`, an absolute path
    ///   (POSIX, Windows or a `file:` URI), a backslash, `#`, NUL or another control character, an empty segment,
    ///   too many bytes or segments, and for no path at all.
    package init(_ text: String) throws {
        guard text.utf8.count <= 3 * Self.bytesMax, let decoded = PercentEncoding.decodeToTheEnd(text) else {
            throw Self.invalid
        }
        try self.init(decoded: decoded)
    }

    /// The key that a path names which is not encoded, such as the name in a listing; otherwise as `init`.
    private init(decoded: String) throws {
        let refused = decoded.unicodeScalars.contains { scalar in
            scalar == "\\" || scalar == "#" || scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
        }
        guard !refused, decoded.utf8.count <= Self.bytesMax, !decoded.lowercased().hasPrefix("file:") else {
            throw Self.invalid
        }
        // By scalars: a slash with a combining mark behind it is one character to Swift, and a slash to the system.
        let all = decoded.unicodeScalars.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard let first = all.first, !Self.isDrive(first), all.allSatisfy(Self.isAllowed) else { throw Self.invalid }
        segments = all.filter { $0 != "." }
        guard let top = segments.first, top != Self.reservedFolder, segments.count <= Self.segmentsMax else {
            throw Self.invalid
        }
    }

    /// The folder in which the parts of a file lie until it is put together.
    ///
    /// - Parameter upload: the id of the upload: letters and digits.
    /// - Returns: a key to which no text of a client's leads, and which no listing shows.
    package static func parts(of upload: String) -> ObjectKey {
        precondition(isPlain(upload))
        return ObjectKey(segments: [reservedFolder, partsPrefix + upload])
    }

    /// The part called `name` in the folder of the parts of `upload`, both of letters, digits and dashes.
    package static func part(_ name: String, of upload: String) -> ObjectKey {
        precondition(isPlain(name))
        return ObjectKey(segments: parts(of: upload).segments + [name])
    }

    /// Whether `text` may be the id of an upload, or the name of a part.
    static func isPlain(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 100
            && text.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || byte == UInt8(ascii: "-")
            }
    }

    /// The key of what is called `name` in this folder.
    ///
    /// - Parameter name: one or more segments, under the rules of `init`.
    /// - Returns: this key's segments, then those of `name`.
    /// - Throws: `INVALID_PARAMETER_VALUE` as `init` does.
    package func appending(_ name: String) throws -> ObjectKey {
        try appending(try ObjectKey(name))
    }

    /// The key of what is called `name` in this folder, where `name` is not encoded.
    ///
    /// - Parameter name: one or more segments, under the rules of `init`, as a listing gives them.
    /// - Returns: this key's segments, then those of `name`.
    /// - Throws: `INVALID_PARAMETER_VALUE` as `init` does.
    package func appending(decoded name: String) throws -> ObjectKey {
        try appending(try ObjectKey(decoded: name))
    }

    /// The key of what is `lower` in this folder.
    ///
    /// - Throws: `INVALID_PARAMETER_VALUE` when it is too long.
    package func appending(_ lower: ObjectKey) throws -> ObjectKey {
        let key = ObjectKey(segments: segments + lower.segments)
        guard key.description.utf8.count <= Self.bytesMax, key.segments.count <= Self.segmentsMax else {
            throw Self.invalid
        }
        return key
    }

    /// The folder that holds this; the root's is the root.
    package var parent: ObjectKey { ObjectKey(segments: segments.dropLast()) }

    /// The last segment, empty for the root.
    package var name: String { segments.last ?? "" }

    /// Whether it is the root.
    package var isRoot: Bool { segments.isEmpty }

    /// Whether it lies where a store keeps unfinished uploads.
    var isReserved: Bool { segments.first == Self.reservedFolder }

    /// The segments joined by `/`; empty for the root.
    package var description: String { segments.joined(separator: "/") }

    static var invalid: MartletError { MartletError(.invalidParameterValue, "Invalid path") }

    private static func isAllowed(_ segment: String) -> Bool {
        !segment.isEmpty && segment != ".." && segment.utf8.count <= segmentBytesMax
    }

    private static func isDrive(_ segment: String) -> Bool {
        guard let letter = segment.utf8.first, segment.utf8.count == 2, segment.hasSuffix(":") else { return false }
        return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(letter | 0x20)
    }
}

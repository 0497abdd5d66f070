/// The part of a file that a `Range` header asks for (RFC 9110, section 14): one range of bytes; others are ignored.
enum ByteRange: Equatable {
    /// The header is absent or of a form that is ignored.
    case whole
    /// Offsets in bytes.
    case part(Range<Int64>)
    /// The range lies beyond the file.
    case unsatisfiable

    init(_ header: String?, size: Int64) {
        guard let header, header.hasPrefix("bytes="), !header.contains(",") else {
            self = .whole
            return
        }
        let ends = header.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2 else {
            self = .whole
            return
        }
        switch (Int64(ends[0]), Int64(ends[1])) {
        case (let first?, let last?) where first >= 0 && first <= last:
            self = first < size ? .part(first..<min(last, size - 1) + 1) : .unsatisfiable
        case (let first?, nil) where ends[1].isEmpty && first >= 0:
            self = first < size ? .part(first..<size) : .unsatisfiable
        case (nil, let length?) where ends[0].isEmpty && length >= 0:
            self = length > 0 && size > 0 ? .part(max(0, size - length)..<size) : .unsatisfiable
        default: self = .whole
        }
    }
}

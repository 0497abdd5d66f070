import CZlib
import Kernel
import NIOCore

/// The content codings in which bodies are taken and answers given (RFC 9110, section 8.4.1).
enum ContentCoding: String, CaseIterable {
    case gzip, deflate

    /// A shorter answer goes out as it is, for compressed it would save nothing on its way, unless its caller asked for
    /// one coding and no other.
    private static let answerBytesMin = 1_024

    /// The coding that a request's `Content-Encoding` names; nil for none.
    ///
    /// - Throws: `BAD_REQUEST` for one that is not taken.
    static func named(by header: String?) throws -> ContentCoding? {
        guard let name = header?.lowercased(), name != "identity", !name.isEmpty else { return nil }
        guard let coding = ContentCoding(rawValue: name) else {
            throw MartletError(
                .badRequest,
                "Content-Encoding \"\(name.prefix(50))\" is not taken: send gzip, deflate or plain bytes"
            )
        }
        return coding
    }

    /// The coding for an answer of `count` bytes to a request with this `Accept-Encoding`; nil for none.
    static func answering(_ header: String?, count: Int) -> ContentCoding? {
        guard let header, let coding = accepted(by: header) else { return nil }
        return count >= answerBytesMin || header.lowercased() == coding.rawValue ? coding : nil
    }

    /// The coding that a request's `Accept-Encoding` likes best; nil for none.
    static func accepted(by header: String?) -> ContentCoding? {
        guard let header else { return nil }
        var best: (coding: ContentCoding, weight: Double)?
        for part in header.lowercased().split(separator: ",") {
            let pieces = part.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
            guard let name = pieces.first, let coding = ContentCoding(rawValue: name) else { continue }
            let weight = pieces.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            if weight > 0, weight > best?.weight ?? 0 { best = (coding, weight) }
        }
        return best?.coding
    }

    /// What `body` was before it was compressed.
    ///
    /// - Throws: `BAD_REQUEST` when it is not in this coding, whole; ``BodyTooLarge`` when it was larger than
    ///   `bytesMax`.
    func decoded(_ body: ByteBuffer, max bytesMax: Int = BodyLimit.jsonBytesMax) throws -> ByteBuffer {
        var decoded = ByteBuffer()
        let status = body.withUnsafeReadableBytes { Self.inflate($0, into: &decoded, max: bytesMax) }
        guard decoded.readableBytes <= bytesMax else { throw BodyTooLarge(bytesMax: bytesMax) }
        guard status == CZLIB_WHOLE else {
            throw MartletError(.badRequest, "The body is not whole or not \(rawValue), as its Content-Encoding says")
        }
        return decoded
    }

    /// Unpacks `bytes`, up to a little more than `bytesMax`.
    private static func inflate(_ bytes: UnsafeRawBufferPointer, into decoded: inout ByteBuffer, max bytesMax: Int)
        -> czlib_status
    {
        guard let inflater = czlib_inflate_begin(bytes.baseAddress, bytes.count) else { return CZLIB_BROKEN }
        defer { czlib_inflate_end(inflater) }
        var status = CZLIB_MORE
        while status == CZLIB_MORE, decoded.readableBytes <= bytesMax {
            decoded.writeWithUnsafeMutableBytes(minimumWritableBytes: 16 << 10) { room in
                czlib_inflate_next(inflater, room.baseAddress, room.count, &status)
            }
        }
        return status
    }

    /// `bytes` compressed, quickly rather than well.
    func encoded(_ bytes: [UInt8]) -> [UInt8] {
        let bound = czlib_bound(bytes.count)
        return bytes.withUnsafeBytes { source in
            [UInt8](unsafeUninitializedCapacity: bound) { target, count in
                count = czlib_deflate(source.baseAddress, source.count, target.baseAddress, bound, self == .gzip)
                precondition(count > 0, "zlib packs what it has room and memory for")
            }
        }
    }
}

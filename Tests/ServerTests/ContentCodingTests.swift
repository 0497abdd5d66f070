import Kernel
import NIOCore
import Testing

@testable import Server

@Suite("A body's content coding")
struct ContentCodingTests {
    private static let long = Array("0123456789".utf8.flatMap { [$0, $0, 7] }) + Array(repeating: 65, count: 100_000)

    @Test("gives back what went in", arguments: ContentCoding.allCases)
    func roundTrip(coding: ContentCoding) throws {
        for bytes in [[], [0], Self.long] {
            let encoded = coding.encoded(bytes)
            #expect(try coding.decoded(ByteBuffer(bytes: encoded)) == ByteBuffer(bytes: bytes))
        }
        #expect(coding.encoded(Self.long).count < 1_000)
    }

    @Test("is refused where it is broken, cut off, or followed by something", arguments: ContentCoding.allCases)
    func broken(coding: ContentCoding) throws {
        let whole = coding.encoded(Self.long)
        var bent = whole
        bent[whole.count / 2] ^= 0xFF
        for bytes in [[], Array(whole.dropLast()), Array(whole.prefix(3)), whole + [0], bent, Self.long] {
            let error = #expect(throws: MartletError.self) { try coding.decoded(ByteBuffer(bytes: bytes)) }
            #expect(error?.code == .badRequest)
        }
    }

    @Test("gives no more than a body may have", arguments: ContentCoding.allCases)
    func bound(coding: ContentCoding) throws {
        let bomb = ByteBuffer(bytes: coding.encoded([UInt8](repeating: 0, count: 8 << 20)))
        #expect(bomb.readableBytes < 100_000)
        #expect(throws: BodyTooLarge.self) { try coding.decoded(bomb, max: 1 << 20) }
        #expect(try coding.decoded(bomb, max: 8 << 20).readableBytes == 8 << 20)
    }

    @Test("is chosen by what the caller likes best")
    func accepted() throws {
        let cases: [(String?, ContentCoding?)] = [
            (nil, nil), ("", nil), ("br", nil), ("gzip", .gzip), ("Deflate", .deflate), ("gzip, deflate", .gzip),
            ("gzip;q=0.5, deflate", .deflate), ("gzip;q=0", nil), ("br, gzip ; q=0.1", .gzip), ("gzip;q=x", nil),
        ]
        for (header, coding) in cases { #expect(ContentCoding.accepted(by: header) == coding, "\(header ?? "-")") }
        let lengths: [(String?, Int, ContentCoding?)] = [
            ("gzip", 10, .gzip), ("deflate", 10, .deflate), ("gzip, deflate", 1_023, nil),
            ("gzip, deflate", 1_024, .gzip), (nil, 2_000, nil),
        ]
        for (header, count, coding) in lengths { #expect(ContentCoding.answering(header, count: count) == coding) }
        #expect(try ContentCoding.named(by: "GZIP") == .gzip)
        #expect(try ContentCoding.named(by: "identity") == nil)
        #expect(throws: MartletError.self) { try ContentCoding.named(by: "br") }
    }
}

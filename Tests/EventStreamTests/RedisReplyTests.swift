import CHiredis
import Testing

@testable import EventStream

@Suite("What Redis answers")
struct RedisReplyTests {
    /// A reply of `kind` whose text is `bytes`, as long as `body` looks at it.
    private func read(_ kind: Int, _ bytes: [UInt8] = [], integer: Int64 = 0) -> RedisReply {
        var bytes = bytes.map { CChar(bitPattern: $0) }
        return bytes.withUnsafeMutableBufferPointer { buffer in
            var reply = CHiredisReply()
            reply.type = Int32(kind)
            reply.integer = integer
            reply.text = buffer.baseAddress
            reply.length = buffer.count
            return RedisReply(copying: reply)
        }
    }

    @Test("is copied as it is, also where it is no text and holds zeros")
    func values() {
        #expect(read(Int(CHiredisText), [0, 255, 13, 10]).bytes == [0, 255, 13, 10])
        #expect(read(Int(CHiredisStatus), Array("OK".utf8)).text == "OK")
        #expect(read(Int(CHiredisText)).bytes == [])
        #expect(read(Int(CHiredisInteger), integer: .min).integer == .min)
        #expect(read(Int(CHiredisError), Array("ERR no".utf8)) == .failure("ERR no"))
    }

    @Test("is nothing where it is of a kind that nobody knows")
    func unknown() {
        for kind in [-1, 0, 4, 7, 99] { #expect(read(kind, [1]) == .nothing) }
    }

    @Test("is a list with its holes")
    func list() {
        var inner = CHiredisReply()
        inner.type = Int32(CHiredisInteger)
        inner.integer = 7
        withUnsafeMutablePointer(to: &inner) { inner in
            var elements: [UnsafeMutablePointer<CHiredisReply>?] = [inner, nil, inner]
            elements.withUnsafeMutableBufferPointer { elements in
                var outer = CHiredisReply()
                outer.type = Int32(CHiredisArray)
                outer.elements = elements.baseAddress
                outer.count = elements.count
                #expect(RedisReply(copying: outer) == .list([.integer(7), .nothing, .integer(7)]))
            }
        }
        var empty = CHiredisReply()
        empty.type = Int32(CHiredisArray)
        #expect(RedisReply(copying: empty) == .list([]))
    }

    @Test("has fields, of which a name without a value is none")
    func fields() {
        func text(_ text: String) -> RedisReply { .bytes(Array(text.utf8)) }
        let fields = RedisFields(.list([text("a"), text("1"), text("a"), text("2"), text("b")]))
        #expect(fields["a"] == text("1") && fields["b"] == nil && fields.members.count == 2)
        #expect(RedisFields(.list([])).members.isEmpty && RedisFields(.list([text("a")])).members.isEmpty)
        #expect(RedisFields(.nothing).members.isEmpty && RedisFields(.integer(1)).json == "{}")
        #expect(RedisFields(.list([.nothing, .bytes([255]), text("n"), .integer(3)])).json.contains("\"n\""))
    }

    @Test("is asked for by a consumer whose name no other start has")
    func consumer() {
        #expect(RedisSource.ownName != RedisSource.ownName && RedisSource.ownName.contains("-"))
    }

    @Test("names an event only by text, for other bytes would all look the same")
    func identity() {
        #expect(StreamEvent.id(Array("größe-1".utf8)) == "größe-1" && StreamEvent.id([]) == nil)
        #expect(StreamEvent.id([0x80]) == nil && StreamEvent.id([0xC3, 0x28]) == nil && StreamEvent.id([0xFF]) == nil)
    }
}

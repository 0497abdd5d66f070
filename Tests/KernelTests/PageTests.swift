import Kernel
import Testing

@Suite("A page")
struct PageTests {
    @Test("token reads back, and is MLflow's base64 underneath", arguments: [0, 1, 1000, Int(Int32.max)])
    func roundTrip(offset: Int) throws {
        let token = PageToken(offset: offset)
        #expect(try PageToken(token.text) == token)
        let bytes = try #require(Base64.decode(token.text))
        #expect(String(decoding: bytes, as: UTF8.self) == "{\"offset\": \(offset)}")
    }

    @Test("token written by MLflow is understood")
    func foreign() throws {
        #expect(try PageToken("eyJvZmZzZXQiOiAyfQ==").offset == 2)
    }

    @Test(
        "token that is none is refused in MLflow's words",
        arguments: [
            "", "!", "abc", "e30=", Base64.encode(Array(#"{"offset": -1}"#.utf8)),
            Base64.encode(Array(#"{"offset": 2147483648}"#.utf8)), Base64.encode(Array(#"{"offset": "1"}"#.utf8)),
            Base64.encode(Array(#"{"offset": 1.5}"#.utf8)), Base64.encode(Array("[1]".utf8)), Base64.encode([0xFF]),
        ]
    )
    func refused(text: String) {
        let error = #expect(throws: MartletError.self) { try PageToken(text) }
        #expect(error?.code == .invalidParameterValue)
        #expect(error?.message == "Invalid page token, could not base64-decode")
    }

    @Test("has a next one only when a row more was found")
    func probing() {
        let last = Page(probing: [1, 2], limit: 2, offset: 4)
        #expect(last.items == [1, 2] && last.next == nil)
        let middle = Page(probing: [1, 2, 3], limit: 2, offset: 4)
        #expect(middle.items == [1, 2] && middle.next == PageToken(offset: 6))
        #expect(middle.map { $0 * 10 }.items == [10, 20])
    }
}

import Kernel
import NIOCore
import NIOHTTP1
import ObjectStore
import TestSupport
import Testing

@Suite("A store in S3 in trouble", .timeLimit(.minutes(3)))
struct S3TroubleTests {
    @Test("lets others in while many read slowly")
    func slowReaders() async throws {
        let bytes = ByteBuffer(repeating: 1, count: 16 << 20)
        let length = String(bytes.readableBytes)
        try await withScriptedStore({ request in
            if request.method == .HEAD {
                return ScriptedAnswer(200, headers: ["Content-Length": length, "ETag": "\"t\""])
            }
            guard request.headers.contains(name: "Range") else { return nil }
            return ScriptedAnswer(206, headers: ["ETag": "\"t\""], body: bytes)
        }) { store in
            let key = try ObjectKey("large")
            var held: [ObjectBytes.AsyncIterator] = []
            for _ in 0..<12 {
                var reading = try await store.open(key).read().makeAsyncIterator()
                _ = try await reading.next()
                held.append(reading)
            }
            #expect(try await store.exists(key))
            withExtendedLifetime(held) {}
        }
    }
}

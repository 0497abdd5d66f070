import Kernel
import Synchronization
import Testing

@testable import Martlet

@Suite("A list that comes page by page")
struct PagesTests {
    /// A server with these pages, which counts how often it is asked.
    final class Server: Sendable {
        private let pages: [[String]]
        private let asked = Mutex(0)

        init(_ pages: [[String]]) { self.pages = pages }

        var requests: Int { asked.withLock(\.self) }

        var list: Pages<Experiment> {
            Pages("experiments") { token throws(ClientError) in
                self.asked.withLock { $0 += 1 }
                let index = token.flatMap { Int($0) } ?? 0
                guard index < self.pages.count else { throw ClientError(.refused, "no such page") }
                return [
                    "experiments": .array(self.pages[index].map { ["experiment_id": .string($0)] }),
                    "next_page_token": .string(index + 1 < self.pages.count ? String(index + 1) : ""),
                ]
            }
        }
    }

    @Test("has the items of all pages in their order, those behind an empty page too")
    func all() async throws {
        let server = Server([["1", "2"], [], ["3"]])
        let found = try await server.list.gather(nil)
        #expect(found.items.map(\.id) == ["1", "2", "3"])
        #expect(!found.more)
        #expect(server.requests == 3)
    }

    @Test("is not read further than it is needed", arguments: [(1, true, 1), (2, true, 2), (3, false, 2)])
    func stopsEarly(limit: Int, more: Bool, requests: Int) async throws {
        let server = Server([["1", "2"], ["3"]])
        let found = try await server.list.gather(limit)
        #expect(found.items.count == limit)
        #expect(found.more == more)
        #expect(server.requests == requests)
    }

    @Test("ends when the server names the same page again")
    func repeated() async throws {
        let list = Pages<Experiment>("experiments") { _ throws(ClientError) in
            ["experiments": [["experiment_id": "1"]], "next_page_token": "again"]
        }
        #expect(try await list.gather(nil).items.count == 2)
    }

    @Test("throws what a page throws")
    func throwing() async {
        let list = Pages<Experiment>("experiments") { _ throws(ClientError) in throw ClientError(.notFound, "gone") }
        await #expect { try await list.gather(nil) } throws: { ($0 as? ClientError)?.kind == .notFound }
    }
}

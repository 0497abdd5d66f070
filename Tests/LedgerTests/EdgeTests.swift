import Database
import Kernel
import Ledger
import TestSupport
import Testing

@Suite("An edge")
struct EdgeTests {
    private let run = Subject("run", "r1")
    private let version = Subject("model_version", "churn/1")

    @Test("of lineage drawn twice is one, at the time of the first", arguments: DatabaseBackend.allCases)
    func lineage(backend: DatabaseBackend) async throws {
        try await withLedger(backend) { database, clock in
            for _ in 0..<2 {
                let now = clock.now()
                try await database.write {
                    try LineageStore.link(from: run, relation: "made", to: version, at: now, on: $0)
                }
                clock.advance(byMilliseconds: 5)
            }
            let now = clock.now()
            try await database.write {
                try LineageStore.link(from: run, relation: "used", to: version, at: now, on: $0)
            }
            let rows = try await database.read { connection in
                try connection.query("SELECT relation, at FROM lineage_edges ORDER BY relation", []) { row in
                    "\(try row.text(0)) \(try row.integer(1))"
                }
            }
            #expect(rows == ["made 1767225600000", "used 1767225600010"])
        }
    }

    @Test("of use is there once, until it is taken away", arguments: DatabaseBackend.allCases)
    func inUse(backend: DatabaseBackend) async throws {
        try await withLedger(backend) { database, _ in
            let holders = [Subject("endpoint", "b"), Subject("endpoint", "B"), Subject("alias", "z")]
            try await database.write { connection in
                for holder in holders + holders { try InUseStore.add(version, heldBy: holder, on: connection) }
                try InUseStore.add(Subject("model_version", "churn/2"), heldBy: holders[0], on: connection)
            }
            let held = try await database.read { try InUseStore.holders(of: version, on: $0) }
            #expect(held == [holders[2], holders[1], holders[0]])
            try await database.write { connection in
                try InUseStore.remove(version, heldBy: holders[0], on: connection)
                try InUseStore.remove(version, heldBy: holders[0], on: connection)
            }
            let left = try await database.read { try InUseStore.holders(of: version, on: $0) }
            #expect(left == [holders[2], holders[1]])
            let other = try await database.read { connection in
                try InUseStore.holders(of: Subject("model_version", "churn/2"), on: connection)
            }
            #expect(other == [holders[0]])
        }
    }

    @Test("is undone with its transaction", arguments: DatabaseBackend.allCases)
    func undone(backend: DatabaseBackend) async throws {
        try await withLedger(backend) { database, _ in
            await #expect(throws: MartletError.self) {
                try await database.write { connection in
                    try InUseStore.add(version, heldBy: run, on: connection)
                    throw MartletError(.aborted, "no")
                }
            }
            let held = try await database.read { try InUseStore.holders(of: version, on: $0) }
            #expect(held.isEmpty)
        }
    }
}

import Database
import Kernel
import Ledger
import TestSupport
import Testing

@Suite("The chain of activities")
struct ChainTests {
    @Test("numbers them from 1 without gaps, each hash over the one before", arguments: DatabaseBackend.allCases)
    func dense(backend: DatabaseBackend) async throws {
        try await withLedger(backend) { database, clock in
            let log = ActivityLog(database: database, clock: clock.clock)
            for number in 0..<7 {
                clock.advance(byMilliseconds: 1)
                try await log.record(.sample("r\(number)", details: ["z": 1, "a": "\u{E9}\"\n"]), in: database)
                if number == 3 { try await log.sealAll() }
            }
            try await log.sealAll()
            let activities = try await log.all()
            #expect(activities.map(\.sequence) == Array(1...7))
            #expect(activities.map(\.subject.id) == (0..<7).map { "r\($0)" })
            #expect(try await log.lastSequence() == 7)
            #expect(try await verifiedChainLength(of: database) == 7)
        }
    }

    @Test("keeps what was recorded", arguments: DatabaseBackend.allCases)
    func content(backend: DatabaseBackend) async throws {
        try await withLedger(backend) { database, clock in
            let log = ActivityLog(database: database, clock: clock.clock)
            let details: JSONObject = ["to": "Production", "from": nil, "count": 3, "share": 0.5]
            let activity = NewActivity(
                Actor(name: "\u{E9}ve"),
                "model_version.transitioned",
                Subject("model_version", "churn/3"),
                details: details,
                topics: ["models", "x,y"]
            )
            try await log.record(activity, in: database)
            #expect(try await log.all().isEmpty)
            try await log.sealAll()
            let sealed = try #require(try await log.all().first)
            #expect(sealed.at == clock.now())
            #expect(sealed.actor == Actor(name: "\u{E9}ve"))
            #expect(sealed.action == "model_version.transitioned")
            #expect(sealed.subject == Subject("model_version", "churn/3"))
            #expect(JSON.object(sealed.details).canonicalText == JSON.object(details).canonicalText)
            #expect(sealed.topics == ["models", "x,y"])
            #expect(sealed.hash.utf8.count == 64)
        }
    }

    @Test("keeps the order in which one transaction recorded them", arguments: DatabaseBackend.allCases)
    func orderWithinTransaction(backend: DatabaseBackend) async throws {
        try await withLedger(backend) { database, clock in
            let log = ActivityLog(database: database, clock: clock.clock)
            try await database.write { connection in
                for number in 0..<50 { try log.record(.sample("r\(number)"), on: connection) }
            }
            try await log.sealAll()
            #expect(try await log.all().map(\.subject.id) == (0..<50).map { "r\($0)" })
        }
    }

    @Test("knows nothing of a change that was undone", arguments: DatabaseBackend.allCases)
    func undone(backend: DatabaseBackend) async throws {
        try await withLedger(backend) { database, clock in
            let log = ActivityLog(database: database, clock: clock.clock)
            await #expect(throws: MartletError.self) {
                try await database.write { connection in
                    try log.record(.sample("gone"), on: connection)
                    throw MartletError(.aborted, "no")
                }
            }
            try await log.record(.sample("kept"), in: database)
            try await log.sealAll()
            #expect(try await log.all().map(\.subject.id) == ["kept"])
        }
    }

    @Test("is read in pages, oldest first, or from its end", arguments: DatabaseBackend.allCases)
    func pages(backend: DatabaseBackend) async throws {
        try await withLedger(backend) { database, clock in
            let log = ActivityLog(database: database, clock: clock.clock)
            #expect(try await log.lastSequence() == 0)
            for number in 0..<5 {
                clock.advance(byMilliseconds: 1)
                try await log.record(.sample("r\(number)"), in: database)
            }
            try await log.sealAll()
            #expect(try await log.activities(after: 1, limit: 2).map(\.sequence) == [2, 3])
            #expect(try await log.activities(after: 5, limit: 2).isEmpty)
            #expect(try await log.newest(limit: 2).map(\.sequence) == [5, 4])
        }
    }

    @Test("loses and doubles nothing when it is sealed beside writers", arguments: DatabaseBackend.allCases)
    func besideWriters(backend: DatabaseBackend) async throws {
        try await withLedger(backend) { database, clock in
            let log = ActivityLog(database: database, clock: clock.clock)
            let writing = Task {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for writer in 0..<8 {
                        group.addTask {
                            for number in 0..<20 { try await log.record(.sample("w\(writer)-\(number)"), in: database) }
                        }
                    }
                    try await group.waitForAll()
                }
            }
            while try await log.lastSequence() < 80 { _ = try await log.seal() }
            try await writing.value
            try await log.sealAll()
            #expect(try await verifiedChainLength(of: database) == 160)
            #expect(Set(try await log.all().map(\.subject.id)).count == 160)
        }
    }

    @Test("grows straight when two servers seal it at once", arguments: DatabaseBackend.allCases)
    func twoSealers(backend: DatabaseBackend) async throws {
        try await withTestDatabaseURI(backend) { uri in
            let first = try DatabaseLocation.open(uri)
            // A file has one server; two logs in it are as near as two sealers come.
            let second = backend == .sqlite ? first : try DatabaseLocation.open(uri)
            try await first.migrate(LedgerSchema.migrations)
            let clock = ManualClock().clock
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (index, database) in [first, second].enumerated() {
                    let log = ActivityLog(database: database, clock: clock)
                    group.addTask {
                        for number in 0..<40 {
                            try await log.record(.sample("s\(index)-\(number)"), in: database)
                            _ = try await log.seal()
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await ActivityLog(database: second, clock: clock).sealAll()
            #expect(try await verifiedChainLength(of: first) == 80)
            await first.close()
            await second.close()
        }
    }
}

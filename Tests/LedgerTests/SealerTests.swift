import Kernel
import Ledger
import Logging
import ServiceLifecycle
import ServiceLifecycleTestKit
import TestSupport
import Testing

@Suite("The sealer")
struct SealerTests {
    @Test("hands on what is recorded, and seals the rest when the server stops", arguments: DatabaseBackend.allCases)
    func shutdown(backend: DatabaseBackend) async throws {
        try await withLedger(backend) { database, clock in
            let log = ActivityLog(database: database, clock: clock.clock)
            // Of its own accord it wakes once an hour.
            let sealer = ActivitySealer(log: log, logger: Logger(label: "test"), interval: .seconds(3600))
            var sealed = log.sealed.listen().makeAsyncIterator()
            try await log.record(.sample("first"), in: database)
            try await testGracefulShutdown { trigger in
                async let running: Void = sealer.run()
                #expect(await sealed.next()?.map(\.subject.id) == ["first"])
                try await log.record(.sample("second"), in: database)
                trigger.triggerGracefulShutdown()
                try await running
            }
            #expect(await sealed.next()?.map(\.subject.id) == ["second"])
            #expect(await sealed.next() == nil)
            #expect(try await log.lastSequence() == 2)
        }
    }

    @Test("ends when its task is cancelled, with nothing left unsealed", arguments: DatabaseBackend.allCases)
    func cancelled(backend: DatabaseBackend) async throws {
        try await withLedger(backend) { database, clock in
            let log = ActivityLog(database: database, clock: clock.clock)
            let sealer = ActivitySealer(log: log, logger: Logger(label: "test"), interval: .seconds(3600))
            var sealed = log.sealed.listen().makeAsyncIterator()
            try await log.record(.sample("first"), in: database)
            let running = Task { try await sealer.run() }
            #expect(await sealed.next()?.count == 1)
            try await log.record(.sample("second"), in: database)
            running.cancel()
            try await running.value
            #expect(try await log.lastSequence() == 2)
        }
    }

    @Test("hands on what another server sealed, and not what was there before", arguments: DatabaseBackend.allCases)
    func otherServer(backend: DatabaseBackend) async throws {
        try await withLedger(backend) { database, clock in
            let other = ActivityLog(database: database, clock: clock.clock)
            try await other.record(.sample("before"), in: database)
            try await other.sealAll()
            let log = ActivityLog(database: database, clock: clock.clock)
            var sealed = log.sealed.listen().makeAsyncIterator()
            let sealer = ActivitySealer(
                log: log,
                logger: Logger(label: "test"),
                interval: .milliseconds(1),
                quietTurnsMax: 1
            )
            let running = Task { try await sealer.run() }
            // The sealer hands on what comes after its start, a moment that nobody sees: so the other goes on and on.
            let writing = Task {
                var count = 0
                while !Task.isCancelled {
                    count += 1
                    try await other.record(.sample("\(count)"), in: database)
                    try await other.sealAll()
                }
            }
            var seen: [String] = []
            while seen.count < 3, let batch = await sealed.next() { seen += batch.map(\.subject.id) }
            writing.cancel()
            try await writing.value
            let numbers = try seen.map { try #require(Int($0)) }
            let first = try #require(numbers.first)
            #expect(numbers == Array(first..<first + numbers.count))
            running.cancel()
            try await running.value
        }
    }
}

import Database
import Kernel
import Ledger
import TestSupport
import Testing

@testable import Tracking

@Suite("A page of runs has of each run")
struct RunTableTests {
    @Test("what was logged to it, in the order of the keys' bytes", arguments: DatabaseBackend.allCases)
    func contents(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let experiment = try await fixture.experiment()
            let keys = ["b", "a", "Z", "\u{E9}", "a b", "ab", "\u{65E5}", "0"]
            for place in 0..<9 {
                let run = try await fixture.run("r\(place)", in: experiment, startedAt: Int64(place * 7 % 9))
                // Keys become known in another order than theirs, and each run has others.
                let own = keys.enumerated().filter { ($0.offset + place) % 3 != 0 }.map(\.element)
                let batch = RunBatch(
                    metrics: own.map { .sample("m\($0)", Double(place), step: Int64(place)) },
                    params: own.prefix(place).map { Param(key: $0, value: "\($0) of \(place)") },
                    tags: own.suffix(place / 2).map { Tag(key: $0, value: "") }
                )
                try await fixture.tracking.log(batch, to: run)
            }
            let page = try await fixture.tracking.searchRuns(RunSearch(experimentIDs: [experiment], limit: 7))
            #expect(page.items.count == 7 && page.next == PageToken(offset: 7))
            #expect(page.items.map(\.run.startedAt.milliseconds) == [8, 7, 6, 5, 4, 3, 2])
            for details in page.items {
                let place = try #require(Int(details.run.name.dropFirst()))
                let own = keys.enumerated().filter { ($0.offset + place) % 3 != 0 }.map(\.element)
                #expect(details.metrics.map(\.key) == Self.sorted(own.map { "m\($0)" }))
                #expect(details.metrics.allSatisfy { $0.value == Double(place) && $0.step == Int64(place) })
                let params = Self.sorted(own.prefix(place))
                #expect(details.params == params.map { Param(key: $0, value: "\($0) of \(place)") })
                #expect(details.tags.map(\.key) == Self.sorted(own.suffix(place / 2) + ["mlflow.runName"]))
                #expect(details.tags.last { $0.key == "mlflow.runName" }?.value == details.run.name)
            }
        }
    }

    private static func sorted(_ keys: some Sequence<String>) -> [String] {
        keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    @Test("the same when there are more than one statement fetches", arguments: DatabaseBackend.allCases)
    func manyRuns(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let experiment = try await fixture.experiment()
            let count = ownersMax + 3
            try await fixture.database.write { connection in
                for number in 1...Int64(count) {
                    let run = Run(
                        id: RunID("id\(number)"),
                        experimentID: experiment,
                        name: "r",
                        userID: "",
                        status: .running,
                        startedAt: Timestamp(milliseconds: number * 7919 % 1009),
                        endedAt: nil,
                        isActive: true,
                        artifactURI: ""
                    )
                    try RunStore.insert(run, number, on: connection)
                    let params = [Param(key: "k", value: "id\(number)")]
                    try RunDataStore.insert(params, of: number, on: connection)
                }
            }
            let page = try await fixture.tracking.searchRuns(RunSearch(experimentIDs: [experiment], limit: count))
            #expect(page.items.count == count && page.next == nil)
            #expect(page.items.allSatisfy { $0.params.map(\.value) == [$0.run.id.text] })
        }
    }

    @Test("places for its number, as many as the next power of two")
    func padding() {
        #expect([Int]().paddedToPowerOfTwo.isEmpty)
        #expect([7].paddedToPowerOfTwo == [7])
        #expect([1, 2, 3].paddedToPowerOfTwo == [1, 2, 3, 3])
        #expect(Array(1...5).paddedToPowerOfTwo == [1, 2, 3, 4, 5, 5, 5, 5])
        #expect(Array(1...8).paddedToPowerOfTwo == Array(1...8))
    }
}

import Kernel
import TestSupport
import Testing
import Tracking

@Suite("Many at once")
struct ConcurrencyTests {
    @Test("log to one run, and nothing is lost", arguments: DatabaseBackend.allCases)
    func oneRun(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let id = try await fixture.run()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<16 {
                    group.addTask {
                        for step in 0..<10 {
                            let batch = RunBatch(
                                metrics: [
                                    .sample("shared", Double(writer), step: Int64(step)),
                                    .sample("own\(writer)", 1, step: Int64(step)),
                                ],
                                params: [
                                    Param(key: "p\(writer)", value: "\(step / 100)"), Param(key: "same", value: "1"),
                                ],
                                tags: [Tag(key: "t", value: "\(writer)")]
                            )
                            try await fixture.tracking.log(batch, to: id)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let details = try await fixture.tracking.runDetails(id)
            #expect(details.params.count == 17 && details.metrics.count == 17)
            let shared = details.metrics.first { $0.key == "shared" }
            #expect(shared?.step == 9 && shared?.value == 15)
            #expect(
                try await fixture.tracking.metricHistory(id, key: "shared", limit: 999, page: nil).items.count == 160
            )
        }
    }

    @Test("set one param, and one value stays for all", arguments: DatabaseBackend.allCases)
    func oneParam(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let id = try await fixture.run()
            let accepted = try await withThrowingTaskGroup(of: String?.self) { group in
                for writer in 0..<12 {
                    group.addTask {
                        do {
                            try await fixture.tracking.log(Param(key: "p", value: "\(writer)"), to: id)
                            return "\(writer)"
                        } catch let error as MartletError where error.code == .invalidParameterValue {
                            return nil
                        }
                    }
                }
                return try await group.reduce(into: []) { $0 += [$1].compactMap(\.self) }
            }
            #expect(try await fixture.tracking.runDetails(id).params.map(\.value) == accepted)
        }
    }

    @Test("create runs, and each has its own number and name", arguments: DatabaseBackend.allCases)
    func manyRuns(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let experiment = try await fixture.experiment()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        let id = try await fixture.run("r\(number)", in: experiment)
                        try await fixture.tracking.log(Metric.sample("m\(number % 5)", Double(number)), to: id)
                    }
                }
                try await group.waitForAll()
            }
            let search = RunSearch(experimentIDs: [experiment])
            let runs = try await fixture.tracking.searchRuns(search).items
            #expect(Set(runs.map(\.run.name)) == Set((0..<40).map { "r\($0)" }))
            for run in runs { #expect(run.metrics.map { "r\(Int($0.value))" } == [run.run.name]) }
        }
    }
}

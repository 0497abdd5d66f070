import Kernel
import Ledger
import TestSupport
import Testing
import Tracking

@Suite("An issue")
struct IssueTests {
    @Test("is created, changed and found again", arguments: DatabaseBackend.allCases)
    func life(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let tracking = fixture.tracking
            let home = try await fixture.experiment()
            let run = try await fixture.run("r", in: home)
            var new = NewIssue(experimentID: home, name: "slow", description: "It takes ten seconds.")
            let plain = try await tracking.createIssue(new, by: .local)
            #expect(plain.id.wholeMatch(of: /iss-[0-9a-f]{32}/) != nil)
            #expect(plain.status == .pending && plain.severity == nil && plain.rootCauses == [])
            (new.status, new.severity, new.sourceRunID) = (.rejected, .high, run)
            (new.rootCauses, new.categories, new.createdBy) = (["disk", "\"net\""], ["speed"], "ada")
            let full = try await tracking.createIssue(new, by: .local)
            let found = try await tracking.issue(full.id)
            #expect(found.rootCauses == ["disk", "\"net\""] && found.categories == ["speed"])
            #expect(found.severity == .high && found.status == .rejected && found.sourceRunID == run)
            #expect(found.createdBy == "ada" && found.experimentID == home && found.createdAt == found.updatedAt)

            fixture.clock.advance(byMilliseconds: 5)
            let change = IssueChange(status: .resolved, name: "slower", severity: .low)
            let changed = try await tracking.updateIssue(full.id, change, by: .local)
            let again = try await tracking.issue(full.id)
            for issue in [changed, again] {
                #expect(issue.status == .resolved && issue.name == "slower" && issue.severity == .low)
                #expect(issue.description == "It takes ten seconds." && issue.createdAt < issue.updatedAt)
            }
            #expect(
                try await fixture.actions().filter { $0.hasPrefix("issue.") } == [
                    "issue.created", "issue.created", "issue.updated",
                ]
            )
        }
    }

    @Test(
        "belongs to an active experiment, comes from a run that is there, and has a short name",
        arguments: DatabaseBackend.allCases
    )
    func refusals(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let tracking = fixture.tracking
            let home = try await fixture.experiment()
            let gone = try await fixture.experiment("gone")
            try await tracking.deleteExperiment(gone, by: .local)
            for id in [ExperimentID(number: 99), gone] {
                await expectRefusal(.resourceDoesNotExist, "No Experiment with id=\(id) exists") {
                    try await tracking.createIssue(NewIssue(experimentID: id, name: "n", description: "d"), by: .local)
                }
            }
            var new = NewIssue(experimentID: home, name: "n", description: "d")
            new.sourceRunID = RunID("none")
            await expectRefusal(.resourceDoesNotExist, "Run with id=none not found") { [new] in
                try await tracking.createIssue(new, by: .local)
            }
            let long = NewIssue(experimentID: home, name: String(repeating: "ü", count: 251), description: "d")
            await expectRefusal(.invalidParameterValue, "'name' exceeds the maximum length of 250 characters") {
                try await tracking.createIssue(long, by: .local)
            }
            await expectRefusal(.resourceDoesNotExist, "Issue with ID 'iss-0' not found") {
                try await tracking.issue("iss-0")
            }
            await expectRefusal(.resourceDoesNotExist, "Issue with ID 'iss-0' not found") {
                try await tracking.updateIssue("iss-0", IssueChange(), by: .local)
            }
        }
    }

    @Test("has 64 KiB of texts at most, its lists among them", arguments: DatabaseBackend.allCases)
    func bounds(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let tracking = fixture.tracking
            var new = NewIssue(experimentID: try await fixture.experiment(), name: "n", description: "")
            func text(_ bytes: Int) -> String { String(repeating: "x", count: bytes) }
            new.rootCauses = [text(20_000)]
            new.categories = [text(15_530)]
            new.description = text(30_000)
            let issue = try await tracking.createIssue(new, by: .local)
            #expect(try await tracking.issue(issue.id).description.utf8.count == 30_000)
            let message = "'description', 'root_causes' and 'categories' have 65537 bytes together. At most 65536 are"
            await expectRefusal(.invalidParameterValue, message) {
                try await tracking.updateIssue(issue.id, IssueChange(description: text(30_001)), by: .local)
            }
            let shorter = try await tracking.updateIssue(issue.id, IssueChange(description: "x"), by: .local)
            #expect(shorter.description == "x")
            for change in [
                { $0.description = text(30_001) }, { $0.rootCauses = [text(20_001)] },
                { $0.categories = [text(15_531)] },
            ] as [(inout NewIssue) -> Void] {
                var longer = new
                change(&longer)
                await expectRefusal(.invalidParameterValue, message) { [longer] in
                    try await tracking.createIssue(longer, by: .local)
                }
            }
            // Many empty texts are long too.
            (new.description, new.rootCauses, new.categories) = ("d", [String](repeating: "", count: 21_846), [])
            await expectRefusal(.invalidParameterValue, "'description', 'root_causes' and 'categories' have 65539") {
                [new] in try await tracking.createIssue(new, by: .local)
            }
        }
    }

    @Test("is found by experiment, status and run, the worst first, in pages", arguments: DatabaseBackend.allCases)
    func search(backend: DatabaseBackend) async throws {
        try await withTracking(backend) { fixture in
            let tracking = fixture.tracking
            let (one, two) = (try await fixture.experiment("one"), try await fixture.experiment("two"))
            let run = try await fixture.run("r", in: one)
            for (name, home, severity, status) in [
                ("none", one, nil, .pending), ("low", one, .low, .resolved), ("high", one, .high, .pending),
                ("not", two, .notAnIssue, .pending), ("low again", one, .low, .pending),
                ("mid", two, .medium, .pending),
            ] as [(String, ExperimentID, IssueSeverity?, IssueStatus)] {
                fixture.clock.advance(byMilliseconds: 1)
                var new = NewIssue(experimentID: home, name: name, description: "d")
                (new.severity, new.status) = (severity, status)
                new.sourceRunID = name == "high" ? run : nil
                _ = try await tracking.createIssue(new, by: .local)
            }
            func names(_ experiment: ExperimentID?, _ filter: String?) async throws -> [String] {
                let search = IssueSearch(experimentID: experiment, filter: filter, limit: 100)
                return try await tracking.searchIssues(search).items.map(\.name)
            }
            #expect(try await names(nil, nil) == ["high", "mid", "low again", "low", "not", "none"])
            #expect(try await names(one, "") == ["high", "low again", "low", "none"])
            #expect(try await names(nil, "status = 'resolved'") == ["low"])
            #expect(try await names(one, "status != 'resolved' AND source_run_id = '\(run)'") == ["high"])
            #expect(try await names(nil, "source_run_id != 'other'") == ["high"])

            let first = try await tracking.searchIssues(IssueSearch(limit: 4))
            let second = try await tracking.searchIssues(IssueSearch(limit: 4, page: first.next))
            #expect((first.items + second.items).map(\.name) == ["high", "mid", "low again", "low", "not", "none"])
            #expect(second.next == nil)

            for (filter, message) in [
                ("name = 'x'", "Invalid filter field 'name'."),
                ("tags.status = 'x'", "Invalid filter field 'tags.status'."),
                ("status LIKE 'x%'", "Invalid comparator 'LIKE'."), ("status > 'a'", "Invalid comparator '>'."),
            ] {
                await expectRefusal(.invalidParameterValue, message) {
                    try await tracking.searchIssues(IssueSearch(filter: filter, limit: 1))
                }
            }
        }
    }
}

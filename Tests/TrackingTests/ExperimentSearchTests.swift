import Kernel
import Ledger
import TestSupport
import Testing
import Tracking

@Suite("A search of experiments")
struct ExperimentSearchTests {
    private static let found: [(filter: String, names: [String])] = [
        ("", ["beta_2", "Beta", "alpha"]),
        ("name = 'alpha'", ["alpha"]),
        ("name != 'alpha'", ["beta_2", "Beta"]),
        ("attribute.name LIKE 'b%'", ["beta_2"]),
        ("attributes.name ILIKE 'b%'", ["beta_2", "Beta"]),
        ("name LIKE '%_2'", ["beta_2"]),
        ("experiment_id = '1'", ["alpha"]),
        ("experiment_id IN ('1', '3')", ["beta_2", "alpha"]),
        ("experiment_id NOT IN ('1', '3')", ["Beta"]),
        ("creation_time > 1767225600000", ["beta_2", "Beta"]),
        ("creation_time <= 1767225600000 AND last_update_time >= 0", ["alpha"]),
        ("tags.team = 'vision'", ["alpha"]),
        ("tags.team != 'vision'", ["Beta"]),
        ("tag.team IS NULL", ["beta_2"]),
        ("tag.team IS NOT NULL", ["Beta", "alpha"]),
        ("tags.`the team` LIKE '%s'", ["Beta"]),
    ]

    @Test("finds what its filter says, newest first", arguments: found, DatabaseBackend.allCases)
    func filter(expected: (filter: String, names: [String]), backend: DatabaseBackend) async throws {
        try await withExperiments(backend) { tracking in
            let page = try await tracking.searchExperiments(ExperimentSearch(filter: expected.filter, limit: 10))
            #expect(page.items.map(\.name) == expected.names)
            #expect(page.next == nil)
        }
    }

    @Test(
        "orders by what it is told; ties by number, the greater first",
        arguments: [
            (["name"], ["Beta", "alpha", "beta_2"]), (["name DESC"], ["beta_2", "alpha", "Beta"]),
            (["creation_time ASC"], ["alpha", "beta_2", "Beta"]), (["experiment_id"], ["alpha", "Beta", "beta_2"]),
            (["last_update_time DESC", "name ASC"], ["Beta", "beta_2", "alpha"]),
        ],
        DatabaseBackend.allCases
    )
    func order(expected: ([String], [String]), backend: DatabaseBackend) async throws {
        try await withExperiments(backend, sameTime: true) { tracking in
            let page = try await tracking.searchExperiments(ExperimentSearch(orderBy: expected.0, limit: 10))
            #expect(page.items.map(\.name) == expected.1)
        }
    }

    @Test("goes through all of them in pages", arguments: DatabaseBackend.allCases)
    func pages(backend: DatabaseBackend) async throws {
        try await withExperiments(backend) { tracking in
            let first = try await tracking.searchExperiments(ExperimentSearch(limit: 2))
            #expect(first.items.map(\.name) == ["beta_2", "Beta"])
            let second = try await tracking.searchExperiments(ExperimentSearch(limit: 2, page: first.next))
            #expect(second.items.map(\.name) == ["alpha"] && second.next == nil)
        }
    }

    @Test("looks among the active, the deleted or all", arguments: DatabaseBackend.allCases)
    func view(backend: DatabaseBackend) async throws {
        try await withExperiments(backend) { tracking in
            try await tracking.deleteExperiment(ExperimentID(number: 2), by: .local)
            for (view, names) in [
                (ViewType.activeOnly, ["beta_2", "alpha"]), (.deletedOnly, ["Beta"]),
                (.all, ["beta_2", "Beta", "alpha"]),
            ] {
                let page = try await tracking.searchExperiments(ExperimentSearch(view: view, limit: 10))
                #expect(page.items.map(\.name) == names)
            }
        }
    }

    @Test(
        "refuses what it can't read",
        arguments: [
            "name", "name = alpha", "creation_time = 'x'", "nope = 'x'", "metrics.a > 1", "name = 'a' OR name = 'b'",
        ]
    )
    func refused(filter: String) async throws {
        try await withExperiments(.sqlite) { tracking in
            await expectRefusal(.invalidParameterValue, "") {
                try await tracking.searchExperiments(ExperimentSearch(filter: filter, limit: 10))
            }
        }
    }

    /// Three experiments, each a moment after the one before; the last two at one moment with `sameTime`.
    private func withExperiments(
        _ backend: DatabaseBackend,
        sameTime: Bool = false,
        _ test: (TrackingService) async throws -> Void
    ) async throws {
        try await withTracking(backend) { fixture in
            _ = try await fixture.experiment("alpha", tags: [Tag(key: "team", value: "vision")])
            fixture.clock.advance(byMilliseconds: 10)
            let tags = [Tag(key: "team", value: "text"), Tag(key: "the team", value: "us")]
            _ = try await fixture.experiment("Beta", tags: tags)
            if !sameTime { fixture.clock.advance(byMilliseconds: 10) }
            _ = try await fixture.experiment("beta_2")
            try await test(fixture.tracking)
        }
    }
}

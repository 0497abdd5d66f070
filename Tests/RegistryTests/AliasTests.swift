import Kernel
import Ledger
import Registry
import TestSupport
import Testing

@Suite("An alias names one version")
struct AliasTests {
    @Test("and moves to another", arguments: DatabaseBackend.allCases)
    func moving(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m", versions: 2)
            let before = try await world.registry.model("m").updatedAt
            world.clock.advance(byMilliseconds: 4)
            try await world.registry.setAlias("m", "Champion-1_ä", to: 1, by: .local)
            try await world.registry.setAlias("m", "Champion-1_ä", to: 2, by: .local)
            #expect(try await world.registry.version("m", aliased: "Champion-1_ä").number == 2)
            #expect(try await world.registry.version("m", .number(1)).aliases.isEmpty)
            #expect(try await world.registry.version("m", .number(2)).aliases == ["Champion-1_ä"])
            #expect(try await world.registry.model("m").updatedAt == before)
        }
    }

    @Test("until it is deleted", arguments: DatabaseBackend.allCases)
    func deletion(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m", versions: 1)
            try await world.registry.setAlias("m", "a", to: 1, by: .local)
            try await world.registry.deleteAlias("m", "a", by: .local)
            try await world.registry.deleteAlias("m", "a", by: .local)
            #expect(
                await refusal { _ = try await world.registry.version("m", aliased: "a") }
                    == "INVALID_PARAMETER_VALUE: Registered model alias a not found."
            )
            #expect(
                await refusal { _ = try await world.registry.version("m", .alias("a")) }
                    == "RESOURCE_DOES_NOT_EXIST: Registered model alias a not found."
            )
            #expect(
                await refusal { try await world.registry.deleteAlias("n", "a", by: .local) }
                    == "RESOURCE_DOES_NOT_EXIST: Registered Model with name=n not found"
            )
        }
    }

    @Test("but latest is the highest number of all", arguments: DatabaseBackend.allCases)
    func latest(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m")
            #expect(
                await refusal { _ = try await world.registry.version("m", aliased: "Latest") }
                    == "RESOURCE_DOES_NOT_EXIST: Latest version not found for model m."
            )
            for _ in 0..<3 { try await world.makeVersion("m") }
            _ = try await world.registry.transition("m", 3, to: .archived, archivingOthers: false, by: .local)
            #expect(try await world.registry.version("m", aliased: "latest").number == 3)
        }
    }

    @Test(
        "under a name that is not reserved",
        arguments: [
            ("latest", "'latest' alias name (case insensitive) is reserved."),
            ("LaTeSt", "'latest' alias name (case insensitive) is reserved."),
            ("v1", "Version alias name 'v1' is reserved."),
            ("V20", "Version alias name 'V20' is reserved."),
            ("", "Registered model alias name cannot be empty."),
            (
                "a b",
                "Invalid alias name: 'a b'. Names may only contain alphanumerics, underscores (_), and dashes (-)."
            ),
            (
                String(repeating: "a", count: 256),
                "'Registered model alias name' exceeds the maximum length of 255 characters"
            ),
        ]
    )
    func badNames(alias: String, message: String) async throws {
        try await withRegistry(.sqlite) { world in
            try await world.makeModel("m", versions: 1)
            #expect(
                await refusal { try await world.registry.setAlias("m", alias, to: 1, by: .local) }
                    == "INVALID_PARAMETER_VALUE: \(message)"
            )
        }
    }

    @Test("that only looks like a version's", arguments: ["v", "v1a", "version1", "1"])
    func goodNames(alias: String) async throws {
        try await withRegistry(.sqlite) { world in
            try await world.makeModel("m", versions: 1)
            try await world.registry.setAlias("m", alias, to: 1, by: .local)
            #expect(try await world.registry.version("m", .alias(alias)).number == 1)
        }
    }
}

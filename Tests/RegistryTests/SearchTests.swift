import Kernel
import Ledger
import Registry
import TestSupport
import Testing
import Tracking

@Suite("A search finds")
struct SearchTests {
    private func names(_ world: RegistryWorld, _ filter: String, _ orderBy: [String] = []) async throws -> [String] {
        let query = RegistryQuery(filter: filter, orderBy: orderBy, limit: 100)
        return try await world.registry.searchModels(query).items.map(\.name)
    }

    private func versions(_ world: RegistryWorld, _ filter: String, _ orderBy: [String] = []) async throws -> [String] {
        let query = RegistryQuery(filter: filter, orderBy: orderBy, limit: 100)
        return try await world.registry.searchVersions(query).items.map { "\($0.modelName)/\($0.number)" }
    }

    private func makeModels(_ world: RegistryWorld) async throws {
        let tags: [(String, [Tag])] = [
            ("Beta_1", [Tag(key: "team", value: "Red"), Tag(key: "size", value: "9")]),
            ("alpha", [Tag(key: "team", value: "red")]),
            ("beta%2", []),
            ("gamma\\", [Tag(key: "team", value: "blue"), Tag(key: "size", value: "9")]),
        ]
        for (name, tags) in tags {
            world.clock.advance(byMilliseconds: 1)
            try await world.makeModel(name, tags: tags)
        }
    }

    @Test("models by name and tags", arguments: DatabaseBackend.allCases)
    func models(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await makeModels(world)
            let all = ["Beta_1", "alpha", "beta%2", "gamma\\"]
            for (filter, found) in [
                ("", all), ("name = 'alpha'", ["alpha"]), ("name != \"alpha\"", ["Beta_1", "beta%2", "gamma\\"]),
                ("name LIKE 'b%'", ["beta%2"]), ("name ILIKE 'B%'", ["Beta_1", "beta%2"]),
                ("name LIKE '%\\'", ["gamma\\"]), ("name like '_____'", ["alpha"]),
                ("name IN ('alpha', \"gamma\\\\\")", ["alpha", "gamma\\"]),
                ("name NOT IN ('alpha','Beta_1')", ["beta%2", "gamma\\"]), ("name IN ('x')", []),
                ("tags.team = 'red'", ["alpha"]), ("tags.team != 'red'", ["Beta_1", "gamma\\"]),
                ("tag.`team` ILIKE 'RED'", ["Beta_1", "alpha"]), ("tags.none != 'x'", []),
                ("tags.team LIKE '%e%' AND tags.size = '9'", ["Beta_1", "gamma\\"]),
                ("tags.team LIKE 'R%' and tags.team != 'Red'", []), ("attribute.name = 'alpha'", ["alpha"]),
                ("name = 'alpha''; DROP TABLE registered_models'", []),
            ] {
                #expect(try await names(world, filter) == found, "\(filter)")
            }
        }
    }

    @Test("models in order", arguments: DatabaseBackend.allCases)
    func modelOrder(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await makeModels(world)
            _ = try await world.registry.updateModel("alpha", description: "", by: .local)
            _ = try await world.registry.updateModel("Beta_1", description: "", by: .local)
            #expect(try await names(world, "", ["name DESC"]) == ["gamma\\", "beta%2", "alpha", "Beta_1"])
            #expect(try await names(world, "", ["timestamp desc"]) == ["Beta_1", "alpha", "gamma\\", "beta%2"])
            #expect(try await names(world, "", ["last_updated_timestamp", "`name` DESC"]).first == "beta%2")
            for (order, message) in [
                ("creation_timestamp", "Invalid order by key 'creation_timestamp' specified. Valid keys are '{'name',"),
                ("name sideways", "Invalid ordering key in order_by clause 'name sideways'."),
                ("name, timestamp", "Invalid order_by clause 'name, timestamp'. Could not be parsed."),
                ("", "Invalid order_by clause ''. Could not be parsed."),
            ] {
                let told = await refusal { _ = try await names(world, "", [order]) }
                #expect(told.hasPrefix("INVALID_PARAMETER_VALUE: \(message)"), "\(order): \(told)")
            }
            #expect(
                await refusal { _ = try await names(world, "", ["timestamp", "last_updated_timestamp"]) }
                    == "INVALID_PARAMETER_VALUE: `order_by` contains duplicate fields: ['timestamp',"
                    + " 'last_updated_timestamp']"
            )
        }
    }

    @Test("versions by what they are", arguments: DatabaseBackend.allCases)
    func versions(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let run = try await world.makeRun()
            try await world.makeModel("a")
            try await world.makeModel("b")
            try await world.makeVersion("a", source: "s3://x/one", runID: run.id)
            try await world.makeVersion("a", source: "s3://x/two", tags: [Tag(key: "k", value: "1")])
            try await world.makeVersion("b", source: "gs://y/one", tags: [Tag(key: "k", value: "2")])
            try await world.makeVersion("a", source: "s3://x/gone")
            try await world.registry.deleteVersion("a", 3, by: .local)
            for (filter, found) in [
                ("", ["b/1", "a/2", "a/1"]), ("name = 'a'", ["a/2", "a/1"]), ("name IN ('b', 'c')", ["b/1"]),
                ("run_id = '\(run.id)'", ["a/1"]), ("run_id != '\(run.id)'", ["b/1", "a/2"]),
                ("run_id IN ('\(run.id)')", ["a/1"]), ("source_path LIKE 's3://%'", ["a/2", "a/1"]),
                ("source_path = 's3://x/gone'", []), ("version_number > 1", ["a/2"]),
                ("version_number <= 1 and name='a'", ["a/1"]), ("version_number != '1'", ["a/2"]),
                ("tags.k != '1'", ["b/1"]), ("tags.k ILIKE '%' AND name LIKE 'a'", ["a/2"]),
            ] {
                #expect(try await versions(world, filter) == found, "\(filter)")
            }
            #expect(try await versions(world, "", ["name", "version_number DESC"]) == ["a/2", "a/1", "b/1"])
            #expect(try await versions(world, "", ["creation_timestamp"]) == ["a/1", "a/2", "b/1"])
            #expect(try await versions(world, "", ["attribute.version_number"]) == ["a/1", "b/1", "a/2"])
            let tagged = try await world.registry.searchVersions(RegistryQuery(filter: "name = 'a'", limit: 100)).items
            #expect(tagged.map(\.tags) == [[Tag(key: "k", value: "1")], []])
        }
    }

    @Test("page by page", arguments: DatabaseBackend.allCases)
    func pages(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            for name in ["a", "b", "c", "d", "e"] { try await world.makeModel(name, versions: 1) }
            var found: [[String]] = []
            var page: PageToken?
            repeat {
                let next = try await world.registry.searchModels(RegistryQuery(limit: 2, page: page))
                found.append(next.items.map(\.name))
                page = next.next
            } while page != nil
            #expect(found == [["a", "b"], ["c", "d"], ["e"]])
            let versions = try await world.registry.searchVersions(RegistryQuery(limit: 5))
            #expect(versions.items.count == 5 && versions.next == nil)
            for (limit, message) in [
                (0, "Invalid value for max_results. It must be a positive integer, but got 0"),
                (1001, "Invalid value for request parameter max_results. It must be at most 1000, but got value 1001"),
            ] {
                #expect(
                    await refusal { _ = try await world.registry.searchModels(RegistryQuery(limit: limit)) }
                        == "INVALID_PARAMETER_VALUE: \(message)"
                )
            }
        }
    }

    @Test("prompts only when it asks for them", arguments: DatabaseBackend.allCases)
    func prompts(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let isPrompt = [Tag(key: "mlflow.prompt.is_prompt", value: "true"), Tag(key: "k", value: "v")]
            try await world.makeModel("model", versions: 1, tags: [Tag(key: "k", value: "v")])
            try await world.makeModel("prompt", tags: isPrompt)
            try await world.makeVersion("prompt", source: "dummy-source", tags: isPrompt)
            let tag = "tags.`mlflow.prompt.is_prompt`"
            for (filter, found) in [
                ("", ["model"]), ("\(tag) != 'true'", ["model"]), ("\(tag) = 'false'", ["model"]),
                ("tags.k = 'v' AND \(tag) != 'true'", ["model"]), ("\(tag) = 'true'", ["prompt"]),
                ("\(tag) = 'true' AND tags.k = 'v'", ["prompt"]), ("name = 'prompt'", []),
            ] {
                #expect(try await names(world, filter) == found, "\(filter)")
            }
            #expect(try await versions(world, "") == ["model/1"])
            #expect(try await versions(world, "\(tag) = 'true'") == ["prompt/1"])
        }
    }
}

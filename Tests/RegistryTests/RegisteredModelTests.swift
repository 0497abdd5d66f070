import Kernel
import Ledger
import Registry
import TestSupport
import Testing
import Tracking

@Suite("A registered model")
struct RegisteredModelTests {
    @Test("is what it was created as", arguments: DatabaseBackend.allCases)
    func creation(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            let tags = [Tag(key: "b", value: "1"), Tag(key: "a", value: "old"), Tag(key: "a", value: "new")]
            let new = NewRegisteredModel(name: "Wein & Käse 1.0", description: "for sale", tags: tags)
            let created = try await world.registry.createModel(new, by: world.actor)
            let model = try await world.registry.model("Wein & Käse 1.0")
            for model in [created, model] {
                #expect(model.name == "Wein & Käse 1.0")
                #expect(model.description == "for sale")
                #expect(model.tags == [Tag(key: "a", value: "new"), Tag(key: "b", value: "1")])
                #expect(model.createdAt == world.clock.now() && model.updatedAt == world.clock.now())
                #expect(model.latestVersions.isEmpty && model.aliases.isEmpty)
            }
        }
    }

    @Test("shows its newest version in each stage and its aliases", arguments: DatabaseBackend.allCases)
    func latest(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m", versions: 4)
            for number in [1, 2] {
                _ = try await world.registry.transition("m", number, to: .staging, archivingOthers: false, by: .local)
            }
            try await world.registry.setAlias("m", "z", to: 1, by: .local)
            try await world.registry.setAlias("m", "b", to: 4, by: .local)
            try await world.registry.setVersionTag("m", 4, Tag(key: "k", value: "v"), by: .local)
            let model = try await world.registry.model("m")
            #expect(model.latestVersions.map(\.number) == [2, 4])
            #expect(model.latestVersions.map(\.stage) == [.staging, .none])
            #expect(model.latestVersions.last?.tags == [Tag(key: "k", value: "v")])
            #expect(model.latestVersions.map(\.aliases) == [[], []])
            #expect(model.aliases.map(\.name) == ["b", "z"])
            #expect(model.aliases.map(\.number) == [4, 1])
            #expect(try await world.registry.latestVersions("m", in: [.none]).map(\.aliases) == [["b"]])
            #expect(try await world.registry.latestVersions("m", in: []).map(\.number) == [2, 4])
        }
    }

    @Test("has a name of its own", arguments: DatabaseBackend.allCases)
    func takenNames(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m")
            try await world.makeModel("p", tags: [Tag(key: "mlflow.prompt.is_prompt", value: "true")])
            #expect(
                await refusal { try await world.makeModel("m") }
                    == "RESOURCE_ALREADY_EXISTS: Registered Model (name=m) already exists."
            )
            #expect(
                await refusal { try await world.makeModel("p") }
                    == "RESOURCE_ALREADY_EXISTS: Tried to create a registered model with name 'p', but the name is"
                    + " already taken by a prompt. MLflow does not allow creating a model and a prompt with the same"
                    + " name."
            )
            #expect(
                await refusal { _ = try await world.registry.renameModel("m", to: "p", by: .local) }
                    == "RESOURCE_ALREADY_EXISTS: Registered Model (name=p) already exists."
            )
        }
    }

    @Test(
        "is refused a name that can't be",
        arguments: [
            (" ", "Missing value for required parameter 'name'."),
            ("a/b", "Invalid model name 'a/b'. Names cannot contain '/' or ':'."),
            ("a:b", "Invalid model name 'a:b'. Names cannot contain '/' or ':'."),
            (
                "..",
                #"Invalid value ".." for parameter 'name' supplied: Names may be treated as files in certain cases, "#
                    + "and must not resolve to other names when treated as such. This name would resolve to '..'"
            ),
            (
                String(repeating: "ä", count: 257),
                "'Registered model name' exceeds the maximum length of 256 characters"
            ),
        ]
    )
    func badNames(name: String, message: String) async throws {
        try await withRegistry(.sqlite) { world in
            #expect(await refusal { try await world.makeModel(name) } == "INVALID_PARAMETER_VALUE: \(message)")
        }
    }

    @Test("takes everything along when it is renamed", arguments: DatabaseBackend.allCases)
    func rename(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("old", versions: 2, tags: [Tag(key: "k", value: "v")])
            try await world.registry.setVersionTag("old", 2, Tag(key: "t", value: "w"), by: .local)
            try await world.registry.setAlias("old", "champion", to: 2, by: .local)
            try await world.registry.deleteVersion("old", 1, by: .local)
            world.clock.advance(byMilliseconds: 5)
            let renamed = try await world.registry.renameModel("old", to: "new", by: .local)
            #expect(renamed.name == "new" && renamed.updatedAt == world.clock.now())
            #expect(renamed.tags == [Tag(key: "k", value: "v")])
            let version = try await world.registry.version("new", .alias("champion"))
            #expect(version.number == 2 && version.tags == [Tag(key: "t", value: "w")])
            #expect(version.updatedAt == world.clock.now())
            #expect(try await world.makeVersion("new").number == 3)
            #expect(
                await refusal { _ = try await world.registry.model("old") }
                    == "RESOURCE_DOES_NOT_EXIST: Registered Model with name=old not found"
            )
        }
    }

    @Test("is gone with all that is its own when it is deleted", arguments: DatabaseBackend.allCases)
    func deletion(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m", versions: 2, tags: [Tag(key: "k", value: "v")])
            try await world.registry.setAlias("m", "a", to: 1, by: .local)
            try await world.registry.deleteModel("m", by: .local)
            let missing = "RESOURCE_DOES_NOT_EXIST: Registered Model with name=m not found"
            #expect(await refusal { try await world.registry.deleteModel("m", by: .local) } == missing)
            #expect(await refusal { _ = try await world.registry.version("m", .latest) } == missing)
            try await world.makeModel("m", versions: 1)
            let model = try await world.registry.model("m")
            #expect(model.tags.isEmpty && model.aliases.isEmpty && model.latestVersions.map(\.number) == [1])
        }
    }

    @Test("is described and tagged", arguments: DatabaseBackend.allCases)
    func description(backend: DatabaseBackend) async throws {
        try await withRegistry(backend) { world in
            try await world.makeModel("m")
            world.clock.advance(byMilliseconds: 7)
            let described = try await world.registry.updateModel("m", description: "d", by: .local)
            #expect(described.description == "d" && described.updatedAt == world.clock.now())
            world.clock.advance(byMilliseconds: 7)
            try await world.registry.setModelTag("m", Tag(key: "a b/c", value: ""), by: .local)
            try await world.registry.setModelTag("m", Tag(key: "x", value: "1"), by: .local)
            try await world.registry.setModelTag("m", Tag(key: "x", value: "2"), by: .local)
            try await world.registry.deleteModelTag("m", key: "a b/c", by: .local)
            try await world.registry.deleteModelTag("m", key: "a b/c", by: .local)
            let model = try await world.registry.model("m")
            #expect(model.tags == [Tag(key: "x", value: "2")])
            #expect(model.updatedAt == described.updatedAt)
            #expect(
                await refusal { try await world.registry.setModelTag("m", Tag(key: "a?", value: ""), by: .local) }
                    == #"INVALID_PARAMETER_VALUE: Invalid value "a?" for parameter 'key' supplied: Names may only "#
                    + "contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and"
                    + " slashes (/)."
            )
            let long = Tag(key: "k", value: String(repeating: "v", count: 100_001))
            #expect(
                await refusal { try await world.registry.setModelTag("m", long, by: .local) }
                    == "INVALID_PARAMETER_VALUE: 'value' exceeds the maximum length of 100000 characters"
            )
        }
    }
}
